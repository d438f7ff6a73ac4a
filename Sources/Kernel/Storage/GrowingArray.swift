/// An array of objects to which `Change.grow` adds at a cost that does not depend on its length, up to a bound.
///
/// Once an element does not fit, ordinary ones are left out from then on, and the last element is a marker that says
/// how many were: a copy of the newest element with another text. Its text tells a driver how many there are when a
/// document comes from elsewhere (a copy, another edition), whatever length its array has then.
public struct GrowingArray: Sendable, Hashable {
    /// A member of the document itself.
    public let path: FieldPath
    /// Up to how many bytes of JSON text, all elements together, ordinary elements are kept.
    public let maximum: Int
    /// How many bytes elements of `Growth.Right.reserve` may have beyond that.
    public let reserve: Int
    public let marker: Marker

    /// What the marker's text is made of: a member of the elements, and what stands before and behind the number.
    public struct Marker: Sendable, Hashable {
        public let member: String
        public let prefix: String
        public let suffix: String

        public init(in member: String, prefix: String, suffix: String) {
            self.member = member
            self.prefix = prefix
            self.suffix = suffix
        }

        /// The marker behind `newest`.
        /// - Parameter count: how many elements were left out.
        public func element(leftOut count: Int, newest: JSON) -> JSON {
            var element = newest.object ?? JSONObject()
            element[member] = .string("\(prefix)\(count)\(suffix)")
            return .object(element)
        }

        /// How many elements were left out if this is a marker, else nil.
        public func count(in element: JSON) -> Int? {
            guard let text = element[member]?.string, text.utf8.starts(with: prefix.utf8),
                text.utf8.count > prefix.utf8.count + suffix.utf8.count
            else { return nil }
            let rest = text.utf8.dropFirst(prefix.utf8.count)
            guard rest.suffix(suffix.utf8.count).elementsEqual(suffix.utf8),
                let count = Int(String(Substring(rest.dropLast(suffix.utf8.count)))), count > 0
            else { return nil }
            return count
        }
    }

    public init(_ path: FieldPath, maximum: Int, reserve: Int, marker: Marker) {
        self.path = path
        self.maximum = maximum
        self.reserve = reserve
        self.marker = marker
    }
}

/// An element for a growing array.
public struct Growth: Sendable, Hashable {
    /// Which room an element may take.
    public enum Right: Sendable, Hashable {
        /// What is left below `maximum`, as long as nothing was left out.
        case ordinary
        /// That, and the reserve.
        case reserve
        /// It is always kept: for what comes once in the life of a document.
        case always
    }

    public let element: JSON
    public let right: Right
    /// What is always kept in its place where there is no room for it; nil for nothing.
    public let otherwise: JSON?

    public init(_ element: JSON, _ right: Right = .ordinary, otherwise: JSON? = nil) {
        self.element = element
        self.right = right
        self.otherwise = otherwise
    }
}
