/// The metrics of the server: requests, their times, connections, bytes.
struct ServerMetrics {
    private let server: HTTPServer
    private let routes: [Route]

    init(_ server: HTTPServer, _ routes: [Route]) {
        self.server = server
        self.routes = routes
    }

    /// - Parameter server: not kept; the metrics live in a route that it serves.
    static func declare(_ server: HTTPServer, _ routes: [Route], in metrics: Metrics) {
        metrics.add(families) { [weak server] exposition in
            if let server { ServerMetrics(server, routes).add(to: &exposition) }
        }
    }

    private func add(to exposition: inout Exposition) {
        let tallies = server.tallies
        for index in 0...routes.count {
            let label = index < routes.count ? routes[index].pattern.description : "none"
            let own = index < routes.count ? routes[index].method : nil
            for method in RequestTally.methods {
                for (status, name) in RequestTally.classNames.enumerated() {
                    let count = tallies.reduce(0) { $0 + $1.requests(route: index, method, class: status) }
                    // The common series are there from the start, so that their first increase is seen as one.
                    guard count > 0 || method == own && status == 1 else { continue }
                    let method = method == .other ? "other" : method.rawValue
                    exposition.add(
                        MetricSample(Self.requests, ["route": label, "method": method, "status": name], count))
                }
            }
        }
        for (label, rows) in rowsByLabel {
            let counts = rows.flatMap { row in tallies.map { $0.times(route: row) } }.reduce(nil, Self.sum)
            guard let counts else { continue }
            exposition.add(Self.times, ["route": label], counts, bounds: Histogram.latencyBounds, scale: 1e9)
        }
        let counters = server.counters
        exposition.add(MetricSample(Self.inFlight, counters.requestsInFlight))
        exposition.add(MetricSample(Self.open, counters.openConnections))
        exposition.add(MetricSample(Self.accepted, counters.acceptedConnections))
        exposition.add(MetricSample(Self.refused, counters.refusedConnections))
        exposition.add(MetricSample(Self.received, counters.bytesReceived))
        exposition.add(MetricSample(Self.sent, counters.bytesSent))
    }

    /// Routes of one pattern, GET and POST of /notes, have one histogram.
    private var rowsByLabel: [(label: String, rows: [Int])] {
        var rows: [(label: String, rows: [Int])] = []
        for (index, label) in (routes.map(\.pattern.description) + ["none"]).enumerated() {
            if let known = rows.firstIndex(where: { $0.label == label }) {
                rows[known].rows.append(index)
            } else {
                rows.append((label, [index]))
            }
        }
        return rows
    }

    private static func sum(_ a: Histogram.Counts?, _ b: Histogram.Counts) -> Histogram.Counts? {
        guard let a else { return b }
        return Histogram.Counts(buckets: zip(a.buckets, b.buckets).map { $0 + $1 }, sum: a.sum + b.sum)
    }
}

extension ServerMetrics {
    private static let families = [requests, times, inFlight, open, accepted, refused, received, sent]

    private static let requests = MetricFamily(
        .counter, "http_requests_total",
        "Requests, by the pattern of their route (none for those that no route answered), method and status: 499 where "
            + "the client had gone before its answer, 5xx also where a streamed answer broke off")
    private static let times = MetricFamily(
        .histogram, "http_request_duration_seconds",
        "From the end of a request to the last byte of its response being handed to the system, by route")
    private static let inFlight = MetricFamily(
        .gauge, "http_requests_in_flight", "Requests whose handler has not finished")
    private static let open = MetricFamily(.gauge, "http_connections", "Connections that are open")
    private static let accepted = MetricFamily(
        .counter, "http_connections_accepted_total", "Connections accepted")
    private static let refused = MetricFamily(
        .counter, "http_connections_refused_total",
        "Connections answered with 503 because http.limits.connections were open")
    private static let received = MetricFamily(.counter, "http_received_bytes_total", "Bytes received")
    private static let sent = MetricFamily(.counter, "http_sent_bytes_total", "Bytes sent")
}
