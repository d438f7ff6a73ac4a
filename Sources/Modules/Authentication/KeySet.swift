import Kernel

/// The usable keys of a JSON Web Key Set (RFC 7517 section 5).
struct KeySet: Sendable {
    private let keys: [SigningKey]
    /// How many were left out because no token may be signed with them.
    let unusableCount: Int

    var count: Int { keys.count }

    private static let keys = Property<KeySet, [JSON]>.required("keys", .array(of: .any()))
    /// How many keys a set may have.
    private static let limit = 256

    /// - Throws: `KeyFetchFailure` if the text is no key set. A set in which no key is usable is one.
    init(_ text: [UInt8]) throws(KeyFetchFailure) {
        let json: JSON
        do throws(JSONSyntaxError) {
            json = try JSON(parsing: text.withoutByteOrderMark, maximumDepth: 16)
        } catch {
            throw KeyFetchFailure("the answer is not JSON: \(error)")
        }
        guard let items = json[Self.keys] else { throw KeyFetchFailure("the answer is no JSON Web Key Set") }
        guard items.count <= Self.limit else { throw KeyFetchFailure("the key set has more than \(Self.limit) keys") }
        keys = items.compactMap(SigningKey.init)
        unusableCount = items.count - keys.count
    }

    /// The keys with an id. There may be several: `kid` need not be unique in a set (RFC 7517 section 4.5), and an
    /// issuer that rotates its keys may give the new one the old one's.
    subscript(id: String) -> [SigningKey] { keys.filter { $0.id.isExactly(id) } }

    func isSame(as other: KeySet) -> Bool {
        keys.count == other.keys.count && zip(keys, other.keys).allSatisfy { $0.isSame(as: $1) }
    }
}
