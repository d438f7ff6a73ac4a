/// A storage engine that App links in, chosen by the scheme of `storage.url`.
public protocol StorageDriver: Sendable {
    /// The schemes it serves: `sqlite`, or `mongodb` and `mongodb+srv`.
    static var schemes: [String] { get }
    /// A short name for `/version` and messages: `SQLite 3.40.1`.
    static var label: String { get }

    /// Checks the URL and the driver's own section of the configuration, `storage.<first scheme>`, without I/O; problems
    /// are recorded in the section.
    /// - Parameters:
    ///   - url: `storage.url`.
    ///   - section: `storage`.
    init?(url: StorageURL, reading section: ConfigurationSection)

    /// Opens the database and creates what `collections` declare.
    /// - Throws: `BootIssue` with a message for the operator.
    func open(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore
}

/// A store that can be closed.
public protocol OpenStore: DocumentStore {
    /// Ends what is under way and closes every connection; later calls throw `StoreError.unavailable`.
    func close() async
}

/// `storage.url`, split at its scheme. It may hold a password: `description` hides it.
public struct StorageURL: Sendable, Hashable, CustomStringConvertible {
    public let scheme: String
    /// What stands behind `scheme:`.
    public let rest: String
    /// The URL as written; for the driver only, never for a log.
    public let text: String

    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
        self.text = text
        scheme = text[..<colon].lowercased()
        rest = String(text[text.index(after: colon)...])
    }

    public var description: String {
        guard let at = rest.lastIndex(of: "@") else { return text }
        return "\(scheme)://***\(rest[at...])"
    }
}
