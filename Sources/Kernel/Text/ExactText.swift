import Glibc

/// A text that equals another one where their bytes are the same, for sets and the keys of dictionaries.
///
/// Swift's own equality of strings goes by Unicode's canonical equivalence: it takes a KELVIN SIGN (U+212A) for a K, and
/// an é of one code point for one of two. Names, words and identifiers that come from outside are the same only if their
/// bytes are, as for every other program that reads them. Nor are they taken apart by `Character`, to which a semicolon
/// with a combining mark behind it is no semicolon: use their `utf8`.
public struct ExactText: Sendable, Hashable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public static func == (a: Self, b: Self) -> Bool { a.text.isExactly(b.text) }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension StringProtocol {
    /// Whether two texts are the same bytes.
    @inlinable
    public func isExactly(_ other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension String {
    /// The same for whole strings, whose bytes are compared at once and not one by one: paths and names are looked up
    /// this way with every request.
    public func isExactly(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { bytes in
            other.utf8.withContiguousStorageIfAvailable { others in
                guard let one = bytes.baseAddress, let other = others.baseAddress else { return true }
                return memcmp(one, other, bytes.count) == 0
            }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}

extension Sequence where Element: StringProtocol {
    /// Whether one of the texts is the same bytes as `text`.
    public func containsExactly(_ text: some StringProtocol) -> Bool { contains { $0.isExactly(text) } }
}

/// An enumeration whose cases are words that come in from outside: they are recognised by their bytes.
public protocol Vocabulary: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

extension Vocabulary {
    public init?(rawValue: String) {
        guard let word = Self.allCases.first(where: { $0.rawValue.isExactly(rawValue) }) else { return nil }
        self = word
    }
}
