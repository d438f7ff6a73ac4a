/// Which of the rare fields that a request may have are there, as the parser has seen in passing: so that those who
/// would look for one of them need not read a head that has none.
struct HeldFields: OptionSet, Sendable {
    let rawValue: UInt8

    static let ifMatch = HeldFields(rawValue: 1)
    static let ifNoneMatch = HeldFields(rawValue: 2)
    static let acceptEncoding = HeldFields(rawValue: 4)
    static let idempotencyKey = HeldFields(rawValue: 8)
    static let accept = HeldFields(rawValue: 16)
    static let origin = HeldFields(rawValue: 32)
    static let secFetchSite = HeldFields(rawValue: 64)
}
