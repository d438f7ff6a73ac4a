import Kernel

/// Reads a list of jobs step by step, each step a piece of the JSON array that takes up where the last one ended.
struct JobListReader: Sendable {
    /// A step ends when it has that many bytes.
    private static let stepBytes = 128 << 10

    private let parts: [Collection]
    private let filter: Filter
    private var part = 0
    private var after: Position?
    private var isFirst = true
    /// How many jobs may still be read; nil for all.
    var remaining: Int?
    /// Where the next page starts: set at the end if the limit has left jobs unread.
    private(set) var next: JobCursor?
    private(set) var isAtEnd = false
    /// The last job that was read.
    private var lastCursor: JobCursor?

    init(_ parts: [Collection], _ filter: Filter) {
        self.parts = parts
        self.filter = filter
    }

    /// Starts behind the place where a page ended.
    mutating func skip(to cursor: JobCursor) {
        part = cursor.part
        after = cursor.position
    }

    /// Reads the next piece.
    /// - Returns: the reader behind the piece, and the piece.
    func step(in store: any DocumentStore) async throws -> (JobListReader, [UInt8]) {
        try await store.read { try self.step(in: $0) }
    }

    func step(in snapshot: any Snapshot) async throws -> (JobListReader, [UInt8]) {
        try await snapshot.read { try self.step(in: $0) }
    }

    private func step(in transaction: any ReadTransaction) throws -> (JobListReader, [UInt8]) {
        var reader = self
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4096)
        if reader.isFirst { bytes.append(UInt8(ascii: "[")) }
        while reader.part < parts.count {
            let isPaused = try reader.readPart(in: transaction, &bytes)
            if isPaused { return (reader, bytes) }
            if reader.next != nil { break }
            reader.part += 1
            reader.after = nil
        }
        reader.isAtEnd = true
        bytes.append(UInt8(ascii: "]"))
        return (reader, bytes)
    }

    /// - Returns: whether the step is full before the part is read to its end.
    private mutating func readPart(in transaction: any ReadTransaction, _ bytes: inout [UInt8]) throws -> Bool {
        var (isPaused, isFirst, remaining, last) = (false, isFirst, remaining, after)
        var hasMore = false
        try transaction.find(in: parts[part], Query(filter, after: after)) { position, document in
            if remaining == 0 {
                hasMore = true
                return .stop
            }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            document.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            remaining = remaining.map { $0 - 1 }
            last = position
            isPaused = bytes.count >= Self.stepBytes
            return isPaused ? .stop : .next
        }
        if last != after, let last { lastCursor = JobCursor(part: part, position: last) }
        (self.isFirst, self.remaining, after) = (isFirst, remaining, last)
        if hasMore { next = lastCursor }
        return isPaused
    }
}
