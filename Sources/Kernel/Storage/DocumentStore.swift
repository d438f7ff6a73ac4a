/// A store of JSON documents in named collections.
///
/// Transactions are synchronous closures that a driver runs where blocking is allowed. Every closure sees one
/// consistent state; what `write` has returned from is durable. `write` may run its closure again after a conflict,
/// so closures have no effects but those on their transaction. Errors are `StoreError`s, and whatever the closure
/// itself throws (which rolls the transaction back).
public protocol DocumentStore: Sendable {
    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R
    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R

    /// Opens a state of the store that stays readable while others write, for reading a long list in steps.
    func snapshot() async throws -> any Snapshot

    /// Whether others than this process may write to the store: instances of this service on one database server.
    /// Where not, a module may remember what it has written. Taken to be so unless a driver says otherwise.
    var isShared: Bool { get }

    /// As `read`, here and now and without waiting for anything: for what is short and asked for often.
    /// - Returns: nil if that cannot be done; then `read` can do it, or says what is wrong.
    func readAtOnce<R>(_ body: (any ReadTransaction) throws -> R) throws -> R?

    /// A number that is another one after each commit that changes one of the collections: as long as it is the same, so
    /// is what reads find in them. nil while one is being committed, and where nobody can say, since others write as well.
    func revision(of collections: [Collection]) -> UInt64?

    /// Whether the store answers now; for readiness. Throws what is wrong.
    func ping() async throws

    /// Where documents that are large may wait for who reads them; nil for nowhere.
    var waitingRoom: SpoolArea? { get }
}

extension DocumentStore {
    public var isShared: Bool { true }
    public var waitingRoom: SpoolArea? { nil }
    public func readAtOnce<R>(_ body: (any ReadTransaction) throws -> R) throws -> R? { nil }
    public func revision(of collections: [Collection]) -> UInt64? { nil }
}

/// One instant of a store, readable in several steps. It is given back when the last reference to it goes away.
/// A snapshot is used by one task at a time.
public protocol Snapshot: AnyObject, Sendable {
    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R

    /// Has `makeRoom` called, on any thread, when the store needs what the snapshot holds: who reads from it is then
    /// to read the rest at once. Some seconds later it ends, and reads throw `StoreError.unavailable`.
    func whenWanted(_ makeRoom: @escaping @Sendable () -> Void)

    /// Where the rest may be put meanwhile; nil for nowhere.
    var spools: SpoolArea? { get }
}

extension Snapshot {
    public func whenWanted(_ makeRoom: @escaping @Sendable () -> Void) {}
    public var spools: SpoolArea? { nil }
}

/// What a transaction can look up.
public protocol ReadTransaction {
    /// Visits the documents that match `query`, in its order, until `visit` returns `.stop`. The bytes are JSON text
    /// and valid only during the call.
    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws

    /// The number of documents that match `filter`.
    func count(in collection: Collection, where filter: Filter) throws -> Int
}

/// What a transaction can change.
public protocol WriteTransaction: ReadTransaction {
    /// Adds a document (the bytes of a JSON object).
    /// - Throws: `StoreError.duplicateKey` naming the unique index that forbids it; the transaction stays usable and
    ///   is as it was before the call.
    @discardableResult
    func insert(_ document: [UInt8], into collection: Collection) throws -> Position

    /// Applies `changes` to the first document that matches `filter`, in order of entry.
    /// - Returns: the document as it is now, or nil if none matched; of a growing array no more than its last elements,
    ///   one at least if it has any.
    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document?

    /// Applies `changes` to every document that matches `filter`; a growing array grows by `update` alone.
    /// - Returns: how many there were.
    /// - Throws: `StoreError.duplicateKey` if a unique index forbids one of them; then the transaction must be given up.
    @discardableResult
    func updateAll(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Int

    /// Puts `document` in the place of the first one that matches `filter`, or adds it.
    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws

    /// Removes every document that matches `filter` and returns their number.
    @discardableResult
    func delete(in collection: Collection, where filter: Filter) throws -> Int

    /// Adds documents in their order, as `insert` would each of them; those that a unique index forbids are left out.
    /// - Returns: what has become of each.
    func insert(_ documents: [[UInt8]], into collection: Collection) throws -> [Insertion]

    /// Puts each document in the place of the one that has the same scalar in `field`, or adds it. Of several documents
    /// with one value the last is kept.
    /// - Throws: `StoreError.misuse` for a document without a scalar there, `StoreError.duplicateKey` as `upsert` does.
    func upsert(_ documents: [[UInt8]], in collection: Collection, by field: FieldPath) throws

    /// Takes a document out of one collection and adds it to another one, changed. What the database has of it beyond
    /// what it serves comes along.
    /// - Parameter filter: matches one document at most, by a field that the changes leave as it is.
    /// - Returns: the document as it is now, or nil if none matched; of the source's growing array as much as `update`.
    /// - Throws: `StoreError.duplicateKey` if the target's indexes forbid it; then the transaction must be given up.
    func move(
        from source: Collection, where filter: Filter, to target: Collection, _ changes: [Change]
    ) throws -> Document?

    /// Has `body` run once this transaction is committed and durable: never for one that is rolled back, and once
    /// however often the transaction had to be run. What several transactions ask for runs in the order of their commits
    /// (on a server that many write to, in the order in which it acknowledged them), one after the other; no writer
    /// waits for it, nor does `write`.
    ///
    /// It is for telling those who wait in this process. `body` must be short and must not block. It may be left out
    /// where the process ends, or where nobody can say whether the transaction was committed: who must not miss
    /// anything looks for it now and then as well.
    func afterCommit(_ body: @escaping @Sendable () -> Void)
}

/// Whether `find` goes on to the next document.
public enum Visit: Sendable {
    case next
    case stop
}

extension ReadTransaction {
    /// The first document that matches `query`, or nil.
    public func first(in collection: Collection, _ query: Query) throws -> Document? {
        var found: Document?
        var query = query
        query.limit = 1
        try find(in: collection, query) { position, bytes in
            found = Document(position: position, bytes: bytes)
            return .stop
        }
        return found
    }
}
