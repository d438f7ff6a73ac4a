/// Makes the JSON line of an entry: the 18 keys of schema `v3`, always all of them and in this order. What does not
/// apply to a line (`url`, `statusCode` where no request is answered) is an empty text, or null for a number. Only lines
/// of a request that is part of a trace have two keys more, `trace.id` and `span.id` (as the Elastic Common Schema calls
/// them).
struct LogLine: Sendable {
    private let afterTimestamp: [UInt8]
    private let beforeMessage: [UInt8]
    private let serviceIdentity: [UInt8]

    init(_ process: LogProcess) {
        let command = JSON.array(process.arguments.map { .string(Redaction.hidingSecrets(in: $0)) }).text
        afterTimestamp = Self.text(#"","command":"#, command, #","error.stack":"#)
        beforeMessage = Self.text(#","host":"#, process.host, #","message":"#)
        serviceIdentity =
            Self.text(#","schemaVersion":"v3","serviceName":"#, process.serviceName, #","serviceVersion":"#)
            + Self.text("", process.serviceVersion ?? "", #","source_host":"#)
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
        Self.append(entry.access?.methodName, to: &bytes)
        Self.raw(#","responseTime":"#, to: &bytes)
        if let access = entry.access {
            Self.append(microseconds: access.microseconds, to: &bytes)
        } else {
            Self.raw("null", to: &bytes)
        }
        bytes += serviceIdentity
        bytes.append(UInt8(ascii: "\""))
        entry.client?.write(into: &bytes)
        bytes.append(UInt8(ascii: "\""))
        Self.raw(#","statusCode":"#, to: &bytes)
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
        LogText.write(text ?? "", into: &bytes)
    }

    private static func append(_ requestID: RequestID?, to bytes: inout [UInt8]) {
        switch requestID {
        case nil: raw(#""""#, to: &bytes)
        case .given(let text): LogText.write(text, into: &bytes)
        case .generated(let prefix, let uuid):
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: prefix.utf8)
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

    /// As milliseconds.
    private static func append(microseconds: Int, to bytes: inout [UInt8]) {
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
