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
    /// what options say whose names speak of secrets. Rather too much than too little, since a password that nobody
    /// escaped may itself hold a `/`, an `@` or a `&`, and a URL may be misspelt.
    static func hidingSecrets(in text: String) -> String {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")), let start = startOfCredentials(in: text[..<at])
        else {
            return hidingOptions(in: text)
        }
        return hidingOptions(in: text[..<start] + mark + text[at...])
    }

    /// - Parameter head: what stands before the last `@` of a value.
    private static func startOfCredentials(in head: Substring) -> String.Index? {
        if let scheme = head.utf8.firstRange(of: "://".utf8) { return scheme.upperBound }
        // `mongodb:/me:password@host` and `me:password@host`, but not the path `sqlite:/srv/a@b.db`.
        guard let colon = head.utf8.lastIndex(of: UInt8(ascii: ":")), let next = head.utf8[colon...].dropFirst().first
        else { return nil }
        return next == UInt8(ascii: "/") || next == UInt8(ascii: ".") ? nil : head.startIndex
    }

    private static let secretOptions = ["password", "properties", "key", "secret", "token"]

    private static func hidingOptions(in text: String) -> String {
        guard let query = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return text }
        let options = text.utf8[text.utf8.index(after: query)...]
        var shown: [Substring] = []
        for option in options.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map(Substring.init)
        {
            let name = Substring(option.utf8.prefix { $0 != UInt8(ascii: "=") })
            let isSecret = secretOptions.contains { name.lowercased().hasSuffix($0) }
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
