import Kernel

/// Where spans go and which of them, with the standard variables of OpenTelemetry beside the service's own keys
/// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
public struct TelemetryConfiguration: ModuleConfiguration {
    /// Of the traces alone; nil if no endpoint is given.
    let url: String?
    /// `Name: value` each.
    let headers: [Secret]
    let certificates: String?
    let timeout: Duration
    let delay: Duration
    let sampler: Sampler.Kind
    /// Of new traces, for the samplers that go by it.
    let ratio: Double
    let serviceName: String?
    let attributes: [(name: String, value: String)]

    private static let off = "OTEL_SDK_DISABLED"
    private static let base = "OTEL_EXPORTER_OTLP_ENDPOINT"
    private static let traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"

    public static func isWanted(by section: ConfigurationSection) -> Bool? {
        guard section.given("disabled", variable: off).flatMap({ Bool(word: $0) }) != true else { return false }
        return section.given("endpoint", variable: base) != nil
            || section.given("tracesEndpoint", variable: traces) != nil
    }

    public init(reading section: ConfigurationSection) {
        let isOff = section.boolean(
            "disabled", default: false, variable: Self.off, "Whether nothing is traced whatever else is said")
        let base = section.string(
            "endpoint", variable: Self.base,
            "The collector, such as http://127.0.0.1:4318; traces go to v1/traces below it, as OTLP in JSON")
        let traces = section.string(
            "tracesEndpoint", variable: Self.traces, "The whole URL for traces, instead of endpoint")
        if let traces, !traces.isEmpty {
            Self.check(traces, "tracesEndpoint", section)
            url = isOff ? nil : traces
        } else if let base, !base.isEmpty {
            Self.check(base, "endpoint", section)
            url = isOff ? nil : (base.hasSuffix("/") ? base : base + "/") + "v1/traces"
        } else {
            url = nil
        }
        let fields = section.secret(
            "headers", variable: "OTEL_EXPORTER_OTLP_HEADERS",
            "Fields of the requests to the collector, percent-encoded: authorization=Bearer%20abc,x-team=a")
        headers = Self.pairs(fields?.reveal() ?? "", "headers", section).map { Secret("\($0.name): \($0.value)") }
        certificates = section.string(
            "certificates", variable: "OTEL_EXPORTER_OTLP_CERTIFICATE",
            "A PEM file of the authorities that the collector's certificate comes from; the system's if there is none")
        timeout = .milliseconds(
            section.integer(
                "timeout", default: 10_000, in: 1...60_000, variable: "OTEL_EXPORTER_OTLP_TIMEOUT",
                "Milliseconds that the collector may take to answer"))
        delay = .milliseconds(
            section.integer(
                "delay", default: 5_000, in: 1...600_000, variable: "OTEL_BSP_SCHEDULE_DELAY",
                "Milliseconds that spans wait for company at most"))
        sampler = section.choice(
            "sampler", default: .parentBasedAlwaysOn, variable: "OTEL_TRACES_SAMPLER",
            "Which requests are traced; with parentbased the caller's traceparent decides where it sent one")
        let text = section.string(
            "samplerArgument", default: "1", variable: "OTEL_TRACES_SAMPLER_ARG",
            "The part of new traces that traceidratio keeps, from 0 to 1")
        ratio = Double(text) ?? -1
        if !(0...1).contains(ratio) {
            section.problem("samplerArgument", "\(text.excerpt) is not from 0 to 1", remedy: "write 0.1 for one in ten")
        }
        serviceName = section.string(
            "serviceName", variable: "OTEL_SERVICE_NAME", "service.name; by default the program's name")
        let more = section.string(
            "resourceAttributes", default: "", variable: "OTEL_RESOURCE_ATTRIBUTES",
            "Attributes of the service beside those that it has by itself, percent-encoded: a=b,c=d")
        attributes = Self.pairs(more, "resourceAttributes", section)
    }

    private static func check(_ url: String, _ key: String, _ section: ConfigurationSection) {
        let schemes = ["http://", "https://"].filter { url.lowercased().hasPrefix($0) }
        let rest = schemes.map { url.dropFirst($0.utf8.count) }
        let isPlain = url.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        guard let host = rest.first, !host.isEmpty, !host.hasPrefix("/"), isPlain else {
            return section.problem(
                key, "\(url.excerpt) is no http or https URL", remedy: "write it as http://127.0.0.1:4318")
        }
    }

    /// The list form of the standard variables, which is that of W3C Baggage.
    private static func pairs(
        _ text: String, _ key: String, _ section: ConfigurationSection
    ) -> [(name: String, value: String)] {
        text.split(separator: ",").compactMap { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                PercentEncoding.decode(String($0).trimmed)
            }
            guard parts.count == 2, let name = parts[0], let value = parts[1], !name.isEmpty,
                (name + value).utf8.allSatisfy({ $0 >= 32 && $0 != 127 })
            else {
                section.problem(key, "has an item that is not name=value", remedy: "write it as name=value,other=value")
                return nil
            }
            return (name, value)
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
