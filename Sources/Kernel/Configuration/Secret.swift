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

    /// Hides the secrets of a URL: what stands between `://` and the last `@`, which are the user and password, and
    /// what options say whose names speak of passwords or properties. Rather too much than too little, since a
    /// password that nobody escaped may itself hold a `/`, an `@` or a `&`.
    static func hidingSecrets(in text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        let authority = text.lastIndex(of: "@").flatMap { $0 >= scheme.upperBound ? $0 : nil }
        let shown = authority.map { text[..<scheme.upperBound] + mark + text[$0...] } ?? text[...]
        return hidingOptions(in: String(shown))
    }

    private static func hidingOptions(in text: String) -> String {
        guard let query = text.lastIndex(of: "?") else { return text }
        let options = text[text.index(after: query)...]
        var shown: [Substring] = []
        for option in options.split(separator: "&", omittingEmptySubsequences: false) {
            let name = option.prefix { $0 != "=" }
            let isSecret = ["password", "properties"].contains { name.lowercased().hasSuffix($0) }
            if isSecret { return text[...query] + (shown + ["\(name)=\(mark)"]).joined(separator: "&") }
            shown.append(option)
        }
        return text
    }

    /// The value in double quotes on one line, its control characters escaped and at most 80 characters of it.
    static func quoted(_ text: String) -> String {
        let safe = hidingSecrets(in: text)
        return JSON.string(safe.count <= 80 ? safe : safe.prefix(80) + "…").text
    }
}
