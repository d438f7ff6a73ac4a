import Kernel

/// Brings spans to the collector, in batches, from a thread of its own. What waits is bounded: while the collector is
/// away, or too slow, later spans are dropped and counted, and nobody waits for it.
final class SpanExporter: Service {
    let name = "export of traces"

    /// As the standard has them (OTEL_BSP_MAX_QUEUE_SIZE, OTEL_BSP_MAX_EXPORT_BATCH_SIZE).
    private static let mostWaiting = 2048
    private static let mostInBatch = 512
    /// Between two attempts with one batch.
    private static let pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
    /// What the end of the service waits for the last batches.
    private static let patience = Duration.seconds(2)

    private struct State {
        var waiting: [Span] = []
        /// When what waits is to be sent; nil if nothing does.
        var due: ContinuousClock.Instant?
        var isStopped = false
        /// Whether there is no thread: not yet, or no longer.
        var isOver = true
        var end: CheckedContinuation<Void, Never>?
    }

    private let sender: SpanSender
    private let resource: TelemetryResource
    private let delay: Duration
    private let metrics: TelemetryMetrics
    private let log: Logger
    private let state = Monitor(State())
    private let cancel = CancelFlag()

    init(
        _ sender: SpanSender, resource: TelemetryResource, delay: Duration, metrics: TelemetryMetrics, log: Logger
    ) {
        self.sender = sender
        self.resource = resource
        self.delay = delay
        self.metrics = metrics
        self.log = log
    }

    /// Never blocks.
    func add(_ span: Span) {
        let isAccepted = state.update { state in
            guard state.waiting.count < Self.mostWaiting, !state.isStopped else { return false }
            if state.waiting.isEmpty { state.due = .now + delay }
            state.waiting.append(span)
            return true
        }
        if !isAccepted { metrics.dropped.add() }
    }

    func start() async throws {
        state.update { $0.isOver = false }
        do {
            try OwnThread.start("telemetry") { self.run() }
        } catch {
            state.update { $0.isOver = true }
            throw error
        }
    }

    /// Sends what waits, if the collector takes it soon.
    func stop() async {
        let limit = Task { [cancel] in
            try? await Task.sleep(for: Self.patience)
            cancel.set()
        }
        await withCheckedContinuation { continuation in
            let isOver = state.update { state in
                state.isStopped = true
                if !state.isOver { state.end = continuation }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
        limit.cancel()
    }

    private func run() {
        var problem: String?
        while let batch = next() {
            let outcome = export(batch)
            tell(outcome, before: problem)
            problem = outcome
            (outcome == nil ? metrics.exported : metrics.dropped).add(batch.count)
        }
        let end = state.update { state in
            state.isOver = true
            return state.end
        }
        end?.resume()
    }

    /// The next spans to be sent, once there are many or they have waited long enough; nil at the end.
    private func next() -> [Span]? {
        state.wait { state in
            let isDue = state.due.map { $0 <= .now } ?? false
            if state.waiting.count >= Self.mostInBatch || isDue || state.isStopped {
                let batch = Array(state.waiting.prefix(Self.mostInBatch))
                state.waiting.removeFirst(batch.count)
                if state.waiting.isEmpty { state.due = nil }
                if !batch.isEmpty || state.isStopped { return .done(batch.isEmpty ? nil : batch) }
            }
            return .until(state.due)
        }
    }

    /// - Returns: why the batch is lost; nil if it is not.
    private func export(_ batch: [Span]) -> String? {
        let body = resource.request(batch).bytes
        for pause in Self.pauses {
            switch sender.send(body, isCancelled: cancel) {
            case .taken: return nil
            case .refused(let reason): return reason
            case .away(let reason, let after): if isStopped(within: after ?? pause) { return reason }
            }
        }
        switch sender.send(body, isCancelled: cancel) {
        case .taken: return nil
        case .refused(let reason), .away(let reason, _): return reason
        }
    }

    /// Waits, unless the service stops meanwhile.
    private func isStopped(within time: Duration) -> Bool {
        let end = ContinuousClock.now + time
        return state.wait { state in
            if state.isStopped { return .done(true) }
            return end <= .now ? .done(false) : .until(end)
        }
    }

    /// Logs what has changed since the last batch.
    private func tell(_ problem: String?, before: String?) {
        switch (problem, before) {
        case (let problem?, nil): log.warning("traces are lost: \(problem)")
        case (nil, _?): log.info("the collector takes traces again")
        default: break
        }
    }
}
