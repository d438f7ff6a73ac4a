/// What can go wrong with a store, in terms that a module or the HTTP layer can act on.
public enum StoreError: Error, Sendable, Hashable {
    /// A unique index forbids the document; `path` is the indexed field, of several the first.
    case duplicateKey(collection: String, path: FieldPath)
    /// The store cannot answer now: server gone, disk full, pool exhausted, deadline. The client may try again after
    /// that many seconds; `reason` is for the log.
    case unavailable(reason: String, retryAfter: Int)
    /// The store's content is damaged, or a document has not the shape that a change needs (a `set` below a field
    /// that is no object, an `append` to one that is no array); for the log.
    case corrupt(String)
    /// The module asked for something that no driver offers: a path that is not declared, bytes that are no JSON
    /// object, changes that overlap. A bug; for the log.
    case misuse(String)
}

extension StoreError: CustomStringConvertible {
    /// In the words of the log.
    public var description: String {
        switch self {
        case .duplicateKey(let collection, let path):
            "'\(collection)' has a document with the same \(path) already"
        case .unavailable(let reason, _): reason
        case .corrupt(let what): what
        case .misuse(let what): "a mistake in this program: \(what)"
        }
    }
}
