/// Makes the JSON line of an entry: the 18 keys of schema `v3`, always all of them and in this order. A key that has
/// no value on a line (`statusCode` of a line that is no access line) is null. Only lines of a request that is part of
/// a trace have two keys more, `trace.id` and `span.id` (as the Elastic Common Schema calls them).
struct LogLine: Sendable {
    private let afterTimestamp: [UInt8]
    private let beforeMessage: [UInt8]
    private let serviceIdentity: [UInt8]
    private let sourceHost: [UInt8]

    init(_ process: LogProcess) {
        let command = JSON.array(process.arguments.map { .string(Redaction.hidingSecrets(in: $0)) }).text
        afterTimestamp = Self.text(#"","command":"#, command, #","error.stack":"#)
        beforeMessage = Self.text(#","host":"#, process.host, #","message":"#)
        let version = process.serviceVersion.map { Self.text("", $0, "") } ?? Array("null".utf8)
        serviceIdentity =
            Self.text(#","schemaVersion":"v3","serviceName":"#, process.serviceName, #","serviceVersion":"#) + version
        sourceHost = Self.text(#","source_host":"#, process.sourceHost, #","statusCode":"#)
    }

    private static func text(_ before: String, _ value: String, _ after: String) -> [UInt8] {
        var bytes = Array(before.utf8)
        LogText.write(value, into: &bytes)
        bytes += after.utf8
        return bytes
    }

    /// Replaces the buffer of `scratch` by the line, its newline included.
    func write(_ entry: LogEntry, into scratch: LogScratch) {
        var bytes: [UInt8] = []
        swap(&bytes, &scratch.bytes)
        bytes.removeAll(keepingCapacity: true)
        Self.raw(#"{"@timestamp":""#, to: &bytes)
        scratch.timestamp.write(into: &bytes)
        bytes += afterTimestamp
        Self.append(entry.detail, to: &bytes)
        bytes += beforeMessage
        LogText.write(entry.message, into: &bytes)
        Self.raw(Self.level(entry.level), to: &bytes)
        LogText.write(entry.logger, into: &bytes)
        appendAccess(entry, scratch.threadName, to: &bytes)
        if let trace = entry.trace { Self.append(trace, to: &bytes) }
        Self.raw("}\n", to: &bytes)
        swap(&bytes, &scratch.bytes)
    }

    private func appendAccess(_ entry: LogEntry, _ thread: [UInt8], to bytes: inout [UInt8]) {
        Self.raw(#","method":"#, to: &bytes)
        Self.append(entry.access.map { $0.method == .other ? "OTHER" : $0.method.rawValue }, to: &bytes)
        Self.raw(#","responseTime":"#, to: &bytes)
        if let access = entry.access {
            Self.append(milliseconds: access.milliseconds, to: &bytes)
        } else {
            Self.raw("null", to: &bytes)
        }
        bytes += serviceIdentity
        bytes += sourceHost
        if let access = entry.access {
            Self.append(decimal: access.status.code, to: &bytes)
        } else {
            Self.raw("null", to: &bytes)
        }
        Self.raw(#","thread":"#, to: &bytes)
        bytes += thread
        Self.raw(#","url":"#, to: &bytes)
        Self.append(entry.access?.url, to: &bytes)
        Self.raw(#","xRequestId":"#, to: &bytes)
        Self.append(entry.requestID, to: &bytes)
    }
}

extension LogLine {
    private static func level(_ level: LogLevel) -> StaticString {
        switch level {
        case .debug: #","level":10,"levelName":"DEBUG","loggerName":"#
        case .info: #","level":20,"levelName":"INFO","loggerName":"#
        case .warning: #","level":30,"levelName":"WARNING","loggerName":"#
        case .error: #","level":40,"levelName":"ERROR","loggerName":"#
        case .critical: #","level":50,"levelName":"CRITICAL","loggerName":"#
        }
    }

    private static func raw(_ text: StaticString, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func append(_ text: String?, to bytes: inout [UInt8]) {
        if let text { LogText.write(text, into: &bytes) } else { raw("null", to: &bytes) }
    }

    private static func append(_ requestID: RequestID?, to bytes: inout [UInt8]) {
        switch requestID {
        case nil: raw("null", to: &bytes)
        case .given(let text): LogText.write(text, into: &bytes)
        case .generated(let uuid):
            raw(#""job-service-"#, to: &bytes)
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { buffer in
                guard let start = buffer.baseAddress else { return }
                uuid.write(to: start)
                bytes.append(contentsOf: buffer)
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }

    private static func append(_ trace: TraceContext, to bytes: inout [UInt8]) {
        raw(#","trace.id":"#, to: &bytes)
        LogText.write(trace.traceID, into: &bytes)
        raw(#","span.id":"#, to: &bytes)
        LogText.write(trace.spanID, into: &bytes)
    }

    /// To the microsecond; 0 for what is no length of time.
    private static func append(milliseconds: Double, to bytes: inout [UInt8]) {
        let microseconds = milliseconds > 0 && milliseconds < 1e12 ? Int((milliseconds * 1000).rounded()) : 0
        append(decimal: microseconds / 1000, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        let fraction = microseconds % 1000
        bytes.append(UInt8(truncatingIfNeeded: 48 + fraction / 100))
        bytes.append(UInt8(truncatingIfNeeded: 48 + fraction / 10 % 10))
        bytes.append(UInt8(truncatingIfNeeded: 48 + fraction % 10))
    }

    /// A number that is not negative.
    private static func append(decimal value: Int, to bytes: inout [UInt8]) {
        if value >= 10 { append(decimal: value / 10, to: &bytes) }
        bytes.append(UInt8(truncatingIfNeeded: 48 + value % 10))
    }
}
