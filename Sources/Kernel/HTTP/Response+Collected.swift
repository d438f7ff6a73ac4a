import Synchronization

extension Response {
    /// The whole body, for callers in the same process; a streamed one is run to its end and held in memory.
    /// - Throws: what ends a streamed body early.
    public func collectedBody() async throws -> [UInt8] {
        guard case .streamed = body else { return body.bytes }
        let collector = BodyCollector()
        try await write(to: collector)
        return collector.bytes
    }

    /// Writes the body, for callers in the same process.
    /// - Parameter writer: takes it in, a streamed one piece by piece; what it throws ends that.
    /// - Throws: what ends a streamed body early.
    public func write(to writer: some BodyWriter) async throws {
        if case .streamed(let stream) = body {
            try await stream.produce(writer)
        } else {
            try await writer.write(body.bytes)
        }
    }
}

/// Takes in a streamed body.
private final class BodyCollector: BodyWriter {
    private let state = Mutex<[UInt8]>([])

    var bytes: [UInt8] { state.withLock { $0 } }

    func write(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }
}
