import Synchronization

extension Response {
    /// The whole body, for callers in the same process; a streamed one is run to its end and held in memory.
    /// - Throws: what ends a streamed body early.
    public func collectedBody() async throws -> [UInt8] {
        guard case .stream(let produce) = body else { return body.bytes }
        let collector = BodyCollector()
        try await produce(collector)
        return collector.bytes
    }
}

/// Takes in a streamed body.
private final class BodyCollector: BodyWriter {
    private let state = Mutex<[UInt8]>([])

    var bytes: [UInt8] { state.withLock { $0 } }

    func write(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }
}
