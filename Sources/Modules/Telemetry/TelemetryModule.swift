import Jobs
import Kernel

/// Tells an OpenTelemetry collector what the service does: spans of requests, of their storage operations and of the
/// lives of jobs. It runs where an endpoint is given, and is nothing at all elsewhere.
public struct TelemetryModule: Module {
    public static let manifest = Manifest(
        id: "telemetry", summary: "Traces for an OpenTelemetry collector", isEnabledByDefault: false, isOfService: true)

    private let configuration: TelemetryConfiguration

    public init(configuration: TelemetryConfiguration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        guard let url = configuration.url else { return }
        let metrics = TelemetryMetrics(in: kernel.metrics)
        let resource = TelemetryResource(kernel.identity, configuration)
        let exporter = SpanExporter(
            SpanSender(
                url: url, headers: configuration.headers, certificates: configuration.certificates,
                timeout: configuration.timeout, userAgent: "\(kernel.identity.service)/\(kernel.identity.version)"),
            resource: resource, delay: configuration.delay, metrics: metrics, log: kernel.log)
        kernel.service(exporter)
        let sampler = Sampler(configuration.sampler, ratio: configuration.ratio)
        let requests = RequestSpans(sampler: sampler, exporter: exporter)
        kernel.whenAnswered { requests.add($0, $1) }
        let operations = StorageSpans(sampler: sampler, exporter: exporter)
        kernel.whenStored { operations.add($0) }
        kernel.optional(.jobObservers)?.add(JobSpans(sampler: sampler, exporter: exporter))
    }
}
