import Kernel
import Synchronization

/// Lets requests that come at one time share one look at the directory. A request never shares a look that had begun
/// before it came: whoever puts a file there and then asks is told of it.
final class SharedListing: Sendable {
    private let worker: WorkerThread
    private let metrics: DatasetMetrics
    /// Locked for as long as a look takes, by the worker alone.
    private let listing: Mutex<DatasetListing>
    private let requests = Mutex(Requests())

    private struct Requests {
        var waiting: [Reply<[UInt8]>] = []
        /// Whether a look is yet to begin; it will answer all that wait.
        var isLookDue = false
    }

    init(_ listing: DatasetListing, on worker: WorkerThread, metrics: DatasetMetrics) {
        self.listing = Mutex(listing)
        self.worker = worker
        self.metrics = metrics
    }

    /// - Throws: `InputDirectory.Unavailable`, `WorkerThread.Busy`, `CancellationError`
    func bytes() async throws -> [UInt8] {
        let reply = Reply<[UInt8]>()
        return try await reply.value {
            let isFirst = requests.withLock { requests in
                // Those that gave up on a file system that hangs.
                requests.waiting.removeAll(where: \.isSettled)
                requests.waiting.append(reply)
                defer { requests.isLookDue = true }
                return !requests.isLookDue
            }
            if isFirst, !worker.add(look) { settleAll(.failure(WorkerThread.Busy())) }
        }
    }

    /// What the last look has left out; to be asked for behind `bytes`.
    func skipped() async throws -> [SkippedDataset] {
        try await worker.run { [self] in listing.withLock { $0.skipped() } }
    }

    private func look() {
        // From here on requests wait for the next look.
        let replies = takeWaiting()
        let result = Result {
            try listing.withLock { listing in try metrics.measure(&listing) { try $0.update() } }
        }
        for reply in replies { reply.settle(result) }
    }

    private func settleAll(_ result: Result<[UInt8], any Error>) {
        for reply in takeWaiting() { reply.settle(result) }
    }

    private func takeWaiting() -> [Reply<[UInt8]>] {
        requests.withLock { requests in
            defer { requests = Requests() }
            return requests.waiting
        }
    }
}
