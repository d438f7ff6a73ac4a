import Kernel

/// Who tells, on every batch of spans.
struct TelemetryResource: Sendable {
    private let attributes: [(name: String, value: Span.Value)]
    private let scope: JSON

    init(_ identity: ServiceIdentity, _ configuration: TelemetryConfiguration) {
        var attributes: [(name: String, value: String)] = [
            ("service.name", configuration.serviceName ?? identity.service), ("service.version", identity.version),
            ("service.instance.id", UUID().description), ("deployment.environment.name", identity.stack),
            ("host.name", identity.host), ("vcs.ref.head.revision", identity.commit),
        ]
        // OTEL_SERVICE_NAME goes before a name among the attributes; those go before what is known anyway.
        for (name, value) in configuration.attributes where name != "service.name" || configuration.serviceName == nil {
            attributes.removeAll { $0.name == name }
            attributes.append((name, value))
        }
        self.attributes = attributes.map { ($0.name, .text($0.value)) }
        scope = ["name": .string(identity.service), "version": .string(identity.version)]
    }

    /// An `ExportTraceServiceRequest`.
    func request(_ spans: [Span]) -> JSON {
        let scoped: JSON = ["scope": scope, "spans": .array(spans.map(\.json))]
        let resource: JSON = ["attributes": .attributes(attributes)]
        return ["resourceSpans": [["resource": resource, "scopeSpans": [scoped]]]]
    }
}
