/// The metrics that every stack has whatever its modules: who it is, and whether it is ready.
enum ServiceMetrics {
    static func declare(
        _ identity: ServiceIdentity, modules: [String], storage: String, health: HealthMonitor, in metrics: Metrics
    ) {
        metrics.collect([build]) {
            [
                MetricSample(
                    build,
                    [
                        "version": identity.version, "commit": identity.commit, "stack": identity.stack,
                        "modules": modules.joined(separator: ","), "storage": storage,
                    ], 1)
            ]
        }
        metrics.gauge(serving) { health.isServing ? 1 : 0 }
        metrics.reading("health", [ready]) {
            await health.outcomes().map { MetricSample(ready, ["check": $0.name], $0.problem == nil ? 1 : 0) }
        }
        ProcessMetrics.declare(in: metrics)
    }

    private static let build = MetricFamily(
        .gauge, "build_info", "Always 1; the labels say what is running")
    private static let serving = MetricFamily(
        .gauge, "serving", "1 between the end of the start and the beginning of the stop, otherwise 0")
    private static let ready = MetricFamily(
        .gauge, "ready", "1 if a check of /health/ready passes, 0 if it fails")
}

extension Route {
    /// `GET /metrics`
    static func metrics(_ metrics: Metrics) -> Route {
        Route(
            .get, "/metrics",
            Operation("Tells the service's metrics in Prometheus's text format", access: .anyone, isQuiet: true)
        ) { _ in Response(contentType: .metrics, body: .bytes(await metrics.scrape())) }
    }
}
