/// Which documents of a collection to visit, and in which order.
public struct Query: Sendable, Hashable {
    public enum Order: Sendable, Hashable {
        /// The order in which the documents entered the collection.
        case entry
        /// The latest first.
        case reverseEntry
        /// By the text of a field, byte by byte, or by its instant; documents with the same one in order of entry. Those
        /// without the field come first.
        case field(FieldPath)
        /// Exactly the reverse of `field`.
        case reverseField(FieldPath)
    }

    public var filter: Filter
    public var order: Order
    /// Only documents that come behind this place.
    public var after: Position?
    /// What the document at `after` has in the field of the order; null if it lacks the field. Without meaning in the
    /// orders of entry.
    public var afterValue: JSON
    /// At most that many.
    public var limit: Int?
    /// Whether a growing array is shown with no more than its last elements, one at least if it has any.
    public var showsLastElementsOnly = false

    public init(
        _ filter: Filter = .all, order: Order = .entry, after: Position? = nil, afterValue: JSON = .null,
        limit: Int? = nil
    ) {
        self.filter = filter
        self.order = order
        self.after = after
        self.afterValue = afterValue
        self.limit = limit
    }
}

/// A condition on one document. Types are exact: `1`, `"1"` and `true` are three values; numbers are equal by value
/// (`1` and `1.0`). What is no scalar (null, array, object) equals nothing.
public indirect enum Filter: Sendable, Hashable {
    case all
    /// The field is there and equals the scalar (string, number, boolean).
    case equal(FieldPath, JSON)
    /// The field is there and equals one of the scalars.
    case among(FieldPath, [JSON])
    /// The field is not there; null is something that is.
    case absent(FieldPath)
    /// An element of the array that the path names (`a.b[].c`) equals the scalar. An index on that very path must be
    /// declared.
    case contains(FieldPath, JSON)
    /// The field is a string that comes behind the text, byte by byte; what a list in the order of that field goes on
    /// with.
    case behind(FieldPath, String)
    /// The field is a string, or a number, as the bound is, and is the bound or comes behind it, byte by byte or by
    /// value; by the instant where the field is declared as one.
    case atLeast(FieldPath, JSON)
    /// The same for what comes before the bound.
    case less(FieldPath, JSON)
    /// The same for the bound, and for what comes before it.
    case atMost(FieldPath, JSON)
    /// The same for what comes behind the bound.
    case more(FieldPath, JSON)
    case and([Filter])
    case or([Filter])
}

extension Filter {
    /// The field is one of the bounds, which are of one kind, or between them.
    public static func between(_ path: FieldPath, _ first: JSON, _ last: JSON) -> Filter {
        .and([.atLeast(path, first), .atMost(path, last)])
    }
}

/// The way to a field of a document: `parameters.target`; with `[]` behind the name of an array, to that field of
/// each of its elements: `parameters.bumpManifesto.dataStructureUpdates[].name`.
///
/// Paths are written by module authors, never taken from a request.
public struct FieldPath: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let description: String
    /// The names along the path, each with whether it names an array to look into.
    public let steps: [(name: Substring, isArray: Bool)]

    public init(stringLiteral value: String) {
        description = value
        steps = value.split(separator: ".").map {
            $0.hasSuffix("[]") ? ($0.dropLast(2), true) : ($0, false)
        }
    }

    public static func == (a: Self, b: Self) -> Bool { a.description.isExactly(b.description) }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(description)) }
}
