/// A value that must not be shown. It prints as `***`; `reveal()` is for the one place that uses it.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    public init(_ value: String) {
        self.value = value
    }

    public func reveal() -> String { value }
    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(reflecting: "***") }
}

/// How values appear in messages and listings.
enum Redaction {
    static let mark = "***"

    /// Hides what stands between `://` and the last `@`: the user and password of a URL. Rather too much than too
    /// little, since a password that nobody escaped may itself hold a `/` or an `@`.
    static func hidingUserInfo(in text: String) -> String {
        guard let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), at >= scheme.upperBound else {
            return text
        }
        return text[..<scheme.upperBound] + mark + text[at...]
    }

    /// The value in double quotes on one line, its control characters escaped and at most 80 characters of it.
    static func quoted(_ text: String) -> String {
        let safe = hidingUserInfo(in: text)
        return JSON.string(safe.count <= 80 ? safe : safe.prefix(80) + "…").text
    }
}
