import Synchronization

extension ContentCoding {
    /// Below that many bytes coding gains nothing that a packet would notice.
    static let leastBytes = 1024
    /// A body with more bytes is coded on a thread of its own, for which an event loop's other clients need not wait.
    static let mostBytesOnLoop = 16 << 10

    /// Codes a body as a whole; nil if the library has no memory for it.
    func coded(_ bytes: [UInt8]) -> [UInt8]? {
        try? Compressor(self)?.code(bytes, isLast: true)
    }

    /// Codes a body that is written piece by piece, in the memory of a piece and of the library's window.
    /// - Returns: nil where so many are coded already that the next one would take too much memory.
    func coded(_ stream: StreamedBody) -> StreamedBody? {
        guard let seat = CodingSeat.take(), let compressor = Compressor(self) else { return nil }
        return StreamedBody(stream.kind) { writer in
            let coding = CodingWriter(writer, compressor)
            try await stream.produce(coding)
            try await coding.end()
            _ = seat
        }
    }
}

/// What a list is written to that goes out coded.
private struct CodingWriter: BodyWriter {
    private let writer: any BodyWriter
    private let compressor: Compressor

    init(_ writer: any BodyWriter, _ compressor: Compressor) {
        self.writer = writer
        self.compressor = compressor
    }

    func write(_ bytes: [UInt8]) async throws { try await put(bytes, isLast: false) }

    func end() async throws { try await put([], isLast: true) }

    private func put(_ bytes: [UInt8], isLast: Bool) async throws {
        let coded = try await withTaskExecutorPreference(ThreadExecutor.compression) { [compressor] in
            try compressor.code(bytes, isLast: isLast)
        }
        if !coded.isEmpty { try await writer.write(coded) }
    }
}

/// Permission to code one streamed body, given back when nobody has it any more. There are few, so that those who read
/// slowly and many at a time cost no more memory than that; the others get their lists as they are.
private final class CodingSeat: Sendable {
    private static let taken = Atomic(0)
    private static let limit = 16

    private init() {}

    /// Not an initialiser that fails: one that has nothing to set would run `deinit`, and give back what it never had.
    static func take() -> CodingSeat? {
        guard taken.add(1, ordering: .relaxed).newValue <= limit else {
            taken.subtract(1, ordering: .relaxed)
            return nil
        }
        return CodingSeat()
    }

    deinit { Self.taken.subtract(1, ordering: .relaxed) }
}
