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

        /// Whether nothing can match: then the store is not asked.
        var isEmpty: Bool { query.filter == .or([]) }
    }

    /// A document's place in the list.
    public struct Place: Sendable, Hashable {
        public let part: Int
        public let position: Position
        /// In a list by instants, the document's; nil if it has none.
        public let instant: Timestamp?

        public init(part: Int, position: Position, instant: Timestamp? = nil) {
            self.part = part
            self.position = position
            self.instant = instant
        }
    }

    /// A step ends when it has that many bytes.
    static let stepBytes = 128 << 10

    let parts: [Part]
    /// The field of instants by which the parts are merged, the latest first; nil if they come one behind the other.
    let merged: FieldPath?
    private var part = 0
    /// The rest of the part that is being read; nil before its beginning.
    private var rest: Query?
    /// The rest of each part of a merged list; nil where a part is at its end.
    var rests: [Query?] = []
    private var isFirst = true
    /// How many documents may still be read; nil for all.
    public var remaining: Int?
    /// Behind which place the next page starts: set at the end if `remaining` has left documents unread.
    public private(set) var next: Place?
    public private(set) var isAtEnd = false
    private var last: Place?

    public init(_ parts: [Part]) {
        self.parts = parts
        merged = nil
    }

    /// Merges parts by the instant that the documents have in a field: the latest first, of those with the same instant
    /// the first part's first, then the last that entered its collection. The parts' own order is of no meaning.
    public init(_ parts: [Part], latestBy field: FieldPath) {
        self.parts = parts
        merged = field
        rests = parts.map {
            if $0.isEmpty { return nil }
            var query = $0.query
            query.order = .reverseField(field)
            return query
        }
    }

    /// Starts behind a place; for parts in an order of entry, and for merged ones.
    public mutating func skip(to place: Place) {
        if merged != nil { return skipMerged(to: place) }
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

    func step(in transaction: any ReadTransaction) throws -> (DocumentListReader, [UInt8]) {
        var reader = self
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4096)
        if reader.isFirst { bytes.append(UInt8(ascii: "[")) }
        if merged != nil, try reader.readMerged(in: transaction, &bytes) { return (reader, bytes) }
        while merged == nil, reader.part < parts.count {
            let isPaused = try !parts[reader.part].isEmpty && reader.readPart(in: transaction, &bytes)
            if isPaused { return (reader, bytes) }
            if reader.next != nil { break }
            reader.part += 1
            reader.rest = nil
        }
        reader.isAtEnd = true
        bytes.append(UInt8(ascii: "]"))
        return (reader, bytes)
    }

    /// Shows a document, if it may be shown.
    /// - Returns: whether it was.
    mutating func show(_ document: Span<UInt8>, at place: Place, _ bytes: inout [UInt8]) throws -> Bool {
        if remaining == 0 {
            next = last
            return false
        }
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        if let other = try parts[place.part].served?(document) {
            bytes += other
        } else {
            document.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        }
        remaining = remaining.map { $0 - 1 }
        last = place
        return true
    }

    /// - Returns: whether the step is full before the part is read to its end.
    private mutating func readPart(in transaction: any ReadTransaction, _ bytes: inout [UInt8]) throws -> Bool {
        let query = rest ?? parts[part].query
        var reader = self
        var paused: Document?
        let part = part
        try transaction.find(in: parts[part].collection, query) { position, document in
            guard try reader.show(document, at: Place(part: part, position: position), &bytes) else { return .stop }
            guard bytes.count >= Self.stepBytes else { return .next }
            paused = Document(position: position, bytes: document)
            return .stop
        }
        self = reader
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
