/// What can go wrong with a store, in terms that a module or the HTTP layer can act on.
public enum StoreError: Error, Sendable, Hashable {
    /// A unique index forbids the document; `path` is the indexed field.
    case duplicateKey(collection: String, path: FieldPath)
    /// The store cannot answer now: server gone, disk full, pool exhausted, deadline. The client may try again after
    /// that many seconds; `reason` is for the log.
    case unavailable(reason: String, retryAfter: Int)
    /// The store's content is damaged; for the log.
    case corrupt(String)
}
