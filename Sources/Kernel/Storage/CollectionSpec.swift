/// What a module declares about a collection that it needs; a driver creates it, with its indexes, before the
/// service listens.
public struct CollectionSpec: Sendable, Hashable {
    public struct Index: Sendable, Hashable {
        /// The fields, the first one leading; behind the last one every index has the order of entry.
        public let paths: [FieldPath]
        public let isUnique: Bool

        /// The leading field, by which errors name the index.
        public var path: FieldPath { paths[0] }

        private init(_ path: FieldPath, _ others: [FieldPath], isUnique: Bool) {
            paths = [path] + others
            self.isUnique = isUnique
        }

        /// An index in which each value, or combination of values, stands once; documents that lack one of the fields
        /// are not in it.
        public static func unique(_ path: FieldPath, _ others: FieldPath...) -> Index {
            Index(path, others, isUnique: true)
        }

        /// An index that serves lookups, and lists in order of entry or of its last field; a path with `[]` looks into
        /// an array, and stands alone.
        public static func lookup(_ path: FieldPath, _ others: FieldPath...) -> Index {
            Index(path, others, isUnique: false)
        }
    }

    public let name: String
    public let indexes: [Index]
    /// Fields that hold instants. Databases of other origin may hold them in other forms (naive text, native dates);
    /// a driver that meets one serves it as RFC 3339 UTC text. They are compared by the instant, to the microsecond.
    public let instants: [FieldPath]
    /// Fields that have few different values, with those that are usual (others are found all the same). An index that
    /// has such fields also serves queries that do not say their values.
    public let choices: [FieldPath: [JSON]]
    /// The array that grows: at most one for each collection.
    public let growing: GrowingArray?
    /// Fields on which an earlier version had a unique index, which is dropped where it is found.
    public let formerIndexes: [FieldPath]
    /// What its documents look like; nil if they may be anything.
    public let shape: DocumentShape?

    public init(
        _ name: String, indexes: [Index] = [], instants: [FieldPath] = [], choices: [FieldPath: [JSON]] = [:],
        growing: GrowingArray? = nil, formerIndexes: [FieldPath] = [], shape: DocumentShape? = nil
    ) {
        self.name = name
        self.indexes = indexes
        self.instants = instants
        self.choices = choices
        self.growing = growing
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
