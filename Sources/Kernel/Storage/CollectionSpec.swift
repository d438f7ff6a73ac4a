/// What a module declares about a collection that it needs; a driver creates it, with its indexes, before the
/// service listens.
public struct CollectionSpec: Sendable, Hashable {
    public struct Index: Sendable, Hashable {
        public let path: FieldPath
        public let isUnique: Bool

        /// An index in which each value stands once; documents without the field are not in it.
        public static func unique(_ path: FieldPath) -> Index { Index(path: path, isUnique: true) }
        /// An index that serves lookups; a path with `[]` looks into an array.
        public static func lookup(_ path: FieldPath) -> Index { Index(path: path, isUnique: false) }
    }

    public let name: String
    public let indexes: [Index]
    /// Fields that hold instants. Databases of other origin may hold them in other forms (naive text, native dates);
    /// a driver that meets one serves it as RFC 3339 UTC text.
    public let instants: [FieldPath]
    /// Fields on which an earlier version had a unique index, which is dropped where it is found.
    public let formerIndexes: [FieldPath]
    /// What its documents look like; nil if they may be anything.
    public let shape: DocumentShape?

    public init(
        _ name: String, indexes: [Index] = [], instants: [FieldPath] = [], formerIndexes: [FieldPath] = [],
        shape: DocumentShape? = nil
    ) {
        self.name = name
        self.indexes = indexes
        self.instants = instants
        self.formerIndexes = formerIndexes
        self.shape = shape
    }
}

/// A declared collection, as modules name it to a transaction.
public struct Collection: Sendable, Hashable {
    public let name: String
    /// The collection's place among the declared ones; drivers use it to find their own record of it.
    public let ordinal: Int

    public init(name: String, ordinal: Int) {
        self.name = name
        self.ordinal = ordinal
    }
}
