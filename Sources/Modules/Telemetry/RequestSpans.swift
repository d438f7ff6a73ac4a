import Kernel

/// The spans of requests, with the names and attributes of OpenTelemetry's semantic conventions for HTTP servers.
struct RequestSpans: Sendable {
    let sampler: Sampler
    let exporter: SpanExporter

    func add(_ record: AccessRecord, _ route: Route?) {
        let context = SpanContext(record.requestID, record.trace)
        guard sampler.wants(context, parent: record.trace?.isSampled) else { return }
        let end = Timestamp.now
        let method = record.method == .other ? "_OTHER" : record.method.rawValue
        let pattern = route?.pattern.description
        var span = Span(
            context: context, parentID: record.trace?.parentID,
            name: pattern.map { "\(method) \($0)" } ?? (record.method == .other ? "HTTP" : method), kind: .server,
            start: end - record.duration, end: end)
        span.state = record.trace?.state
        span.attributes = [
            ("http.request.method", .text(method)), ("url.scheme", .text("http")),
            ("url.path", .text(String(record.shownTarget.prefix { $0 != "?" }))),
            ("http.request.id", .text(record.requestID.description)),
        ]
        if let pattern { span.attributes.append(("http.route", .text(pattern))) }
        if let principal = record.principal, principal.kind != .anonymous {
            span.attributes.append(("enduser.id", .text(principal.description)))
        }
        switch record.ending {
        case .clientGone:
            span.attributes.append(("error.type", .text("client_gone")))
        case .brokenOff(let reason):
            span.attributes.append(("error.type", .text("broken_off")))
            span.failure = reason
        case .complete:
            span.attributes.append(("http.response.status_code", .number(Int64(record.status.code))))
            guard record.status.code >= 500 else { break }
            span.attributes.append(("error.type", .text(String(record.status.code))))
            span.failure = ""
        }
        exporter.add(span)
    }
}
