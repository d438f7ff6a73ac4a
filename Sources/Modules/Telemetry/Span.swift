import Kernel

/// Something that took its time, as OpenTelemetry tells of it.
struct Span: Sendable {
    /// The numbers of the protocol's `SpanKind`.
    enum Kind: Int64, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
    }

    enum Value: Sendable {
        case text(String)
        case number(Int64)
    }

    struct Event: Sendable {
        let name: String
        let at: Timestamp
        let attributes: [(name: String, value: Value)]
    }

    let context: SpanContext
    /// 16 hexadecimal digits; nil for the first of its trace.
    let parentID: String?
    let name: String
    let kind: Kind
    let start: Timestamp
    let end: Timestamp
    var attributes: [(name: String, value: Value)] = []
    var events: [Event] = []
    /// The other spans that it has to do with.
    var links: [SpanContext] = []
    /// Of `links`, how many were left out.
    var droppedLinks = 0
    /// What went wrong; nil if nothing did.
    var failure: String?
    var state: String?
}

extension Span {
    /// As the protocol's JSON has it: identities in hexadecimal digits, 64-bit numbers as texts
    /// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
    var json: JSON {
        [
            "traceId": .string(context.traceID), "spanId": .string(context.spanID),
            "traceState": state.map { .string($0) }, "parentSpanId": parentID.map { .string($0) },
            "name": .string(name), "kind": .integer(kind.rawValue),
            "startTimeUnixNano": start.nanosecondsText, "endTimeUnixNano": end.nanosecondsText,
            "attributes": attributes.isEmpty ? nil : .attributes(attributes),
            "events": events.isEmpty
                ? nil
                : .array(
                    events.map {
                        [
                            "timeUnixNano": $0.at.nanosecondsText, "name": .string($0.name),
                            "attributes": .attributes($0.attributes),
                        ]
                    }),
            "links": links.isEmpty
                ? nil : .array(links.map { ["traceId": .string($0.traceID), "spanId": .string($0.spanID)] }),
            "droppedLinksCount": droppedLinks == 0 ? nil : .integer(Int64(droppedLinks)),
            "status": failure.map { ["code": 2, "message": .string($0)] },
        ]
    }
}

extension JSON {
    static func attributes(_ attributes: [(name: String, value: Span.Value)]) -> JSON {
        .array(
            attributes.map { name, value in
                let value: JSON =
                    switch value {
                    case .text(let text): ["stringValue": .string(text)]
                    case .number(let number): ["intValue": .string(String(number))]
                    }
                return ["key": .string(name), "value": value]
            })
    }
}

extension Timestamp {
    /// Since 1970; what was before is taken for that.
    fileprivate var nanosecondsText: JSON { .string(microseconds > 0 ? "\(microseconds)000" : "0") }
}
