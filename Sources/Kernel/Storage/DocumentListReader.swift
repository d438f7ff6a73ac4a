/// Reads what one or several queries find, one behind the other, as a single JSON array: step by step, each step a
/// piece of the text that takes up where the last one ended. The documents' bytes
/// go into it as they are, unless a part says otherwise.
public struct DocumentListReader: Sendable {
    /// One query of the list.
    public struct Part: Sendable {
        let collection: Collection
        let query: Query
        let served: (@Sendable (Span<UInt8>) throws -> [UInt8]?)?

        /// - Parameters:
        ///   - collection: where the documents are.
        ///   - query: without `after` and `limit`.
        ///   - served: what is shown instead of the bytes of a document; nil if those are shown as they are.
        public init(
            _ collection: Collection, _ query: Query, served: (@Sendable (Span<UInt8>) throws -> [UInt8]?)? = nil
        ) {
            self.collection = collection
            self.query = query
            self.served = served
        }

        /// - Parameter transform: makes what is shown out of what is stored, which costs ten times what showing the
        ///   stored bytes costs.
        public init(_ collection: Collection, _ query: Query, transform: @escaping @Sendable (JSON) -> JSON) {
            self.init(
                collection, query,
                served: { bytes in transform(try Document(position: Position(low: 0), bytes: bytes).json()).bytes })
        }
    }

    /// A document's place in the list.
    public struct Place: Sendable, Hashable {
        public let part: Int
        public let position: Position

        public init(part: Int, position: Position) {
            self.part = part
            self.position = position
        }
    }

    /// A step ends when it has that many bytes.
    private static let stepBytes = 128 << 10

    private let parts: [Part]
    private var part = 0
    /// The rest of the part that is being read; nil before its beginning.
    private var rest: Query?
    private var isFirst = true
    /// How many documents may still be read; nil for all.
    public var remaining: Int?
    /// Behind which place the next page starts: set at the end if `remaining` has left documents unread.
    public private(set) var next: Place?
    public private(set) var isAtEnd = false
    private var last: Place?

    public init(_ parts: [Part]) {
        self.parts = parts
    }

    /// Starts behind a place; for parts in an order of entry.
    public mutating func skip(to place: Place) {
        guard parts.indices.contains(place.part) else { return part = parts.count }
        part = place.part
        rest = parts[part].query
        rest?.after = place.position
    }

    /// Reads the next piece.
    /// - Returns: the reader behind the piece, and the piece.
    public func step(in store: any DocumentStore) async throws -> (DocumentListReader, [UInt8]) {
        try await store.read { try self.step(in: $0) }
    }

    public func step(in snapshot: any Snapshot) async throws -> (DocumentListReader, [UInt8]) {
        try await snapshot.read { try self.step(in: $0) }
    }

    private func step(in transaction: any ReadTransaction) throws -> (DocumentListReader, [UInt8]) {
        var reader = self
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4096)
        if reader.isFirst { bytes.append(UInt8(ascii: "[")) }
        while reader.part < parts.count {
            let isPaused = try reader.readPart(in: transaction, &bytes)
            if isPaused { return (reader, bytes) }
            if reader.next != nil { break }
            reader.part += 1
            reader.rest = nil
        }
        reader.isAtEnd = true
        bytes.append(UInt8(ascii: "]"))
        return (reader, bytes)
    }

    /// - Returns: whether the step is full before the part is read to its end.
    private mutating func readPart(in transaction: any ReadTransaction, _ bytes: inout [UInt8]) throws -> Bool {
        let query = rest ?? parts[part].query
        var (isFirst, remaining, last) = (isFirst, remaining, last)
        var hasMore = false
        var paused: Document?
        let served = parts[part].served
        try transaction.find(in: parts[part].collection, query) { position, document in
            if remaining == 0 {
                hasMore = true
                return .stop
            }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            if let other = try served?(document) {
                bytes += other
            } else {
                document.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            }
            remaining = remaining.map { $0 - 1 }
            last = Place(part: part, position: position)
            guard bytes.count >= Self.stepBytes else { return .next }
            paused = Document(position: position, bytes: document)
            return .stop
        }
        (self.isFirst, self.remaining, self.last) = (isFirst, remaining, last)
        if hasMore { next = last }
        guard let paused else { return false }
        rest = try parts[part].query.rest(behind: paused)
        return true
    }
}

extension Query {
    /// The query for what it finds behind `document`.
    fileprivate func rest(behind document: Document) throws -> Query {
        var rest = self
        switch order {
        case .entry, .reverseEntry:
            rest.after = document.position
        case .field(let path), .reverseField(let path):
            rest.afterValue = path.steps.reduce(try document.json()) { $0[String($1.name)] ?? .null }
            rest.after = document.position
        }
        return rest
    }
}
