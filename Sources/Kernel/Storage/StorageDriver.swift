/// A storage engine that App links in, chosen by the scheme of `storage.url`.
public protocol StorageDriver: Sendable {
    /// The schemes it serves: `sqlite`, or `mongodb` and `mongodb+srv`.
    static var schemes: [String] { get }
    /// A short name for `/version` and messages: `SQLite 3.40.1`.
    static var label: String { get }
    /// The C libraries that it is linked with.
    static var libraries: [LinkedLibrary] { get }
    /// What help and manual page say of it.
    static func manual(of product: Product) -> StorageManual

    /// Called once when the program begins, before it has a second thread, whichever driver it will use: what the
    /// linked library needs.
    static func prepareProcess()

    /// The file of an embedded engine that only one process may use at a time, without symbolic links as far as it
    /// exists; nil where a server keeps the database, or where it does not outlive the process.
    var file: String? { get }

    /// Checks the URL and the driver's own section of the configuration, `storage.<first scheme>`, without I/O; problems
    /// are recorded in the section.
    /// - Parameters:
    ///   - url: `storage.url`.
    ///   - section: `storage`.
    init?(url: StorageURL, reading section: ConfigurationSection)

    /// Opens the database and creates what `collections` declare.
    /// - Throws: `BootIssue` with a message for the operator.
    func open(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore

    /// The same for a driver that has to reach a server first.
    /// - Parameter onReach: to be called when the server is reached. What follows has no deadline: indexes of a large
    ///   collection take as long as they take, and the log tells of it.
    func open(
        _ collections: [CollectionSpec], log: Logger, onReach: @escaping @Sendable () -> Void
    ) async throws -> any OpenStore

    /// Opens a database that is there already, only to read it: nothing in it or beside it is made or changed. What the
    /// collections declare and it lacks is found empty.
    /// - Throws: `BootIssue` with a message for the operator, also if there is no such database.
    func openSource(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore

    /// Copies the whole database, as it is at one instant, into a new file, and checks the copy; others may use the
    /// database meanwhile. The copy is not yet durable.
    /// - Parameters:
    ///   - path: must not exist; what was written of it when an error is thrown is left there.
    ///   - report: called often, on a thread where it may block; what it throws ends the copying.
    /// - Throws: `BootIssue` with a message for the operator, and what `report` throws.
    func backUp(to path: String, report: @escaping @Sendable (BackupProgress) throws -> Void) async throws
}

extension StorageDriver {
    public static var libraries: [LinkedLibrary] { [] }
    public static func manual(of product: Product) -> StorageManual { StorageManual(label) }
    public static func prepareProcess() {}

    public var file: String? { nil }

    public func open(
        _ collections: [CollectionSpec], log: Logger, onReach: @escaping @Sendable () -> Void
    ) async throws -> any OpenStore {
        try await open(collections, log: log)
    }

    public func openSource(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        try await open(collections, log: log)
    }

    public func backUp(to path: String, report: @escaping @Sendable (BackupProgress) throws -> Void) async throws {
        throw BootIssue(.environment, "\(Self.label) is backed up with its own tools")
    }
}

/// What help and manual page say of a storage engine.
public struct StorageManual: Sendable {
    /// What people call it: `MongoDB`.
    public var name: String
    /// A `storage.url` for examples, and a short one; empty if it wants to be in none.
    public var exampleURL = ""
    public var shortURL = ""
    /// Files that it keeps, with what they are.
    public var files: [(path: String, what: String)] = []
    /// Pages of other manuals: `sqlite3(1)`.
    public var seeAlso: [String] = []

    public init(_ name: String) {
        self.name = name
    }
}

/// A store that can be closed.
public protocol OpenStore: DocumentStore {
    /// Ends what is under way and closes every connection; later calls throw `StoreError.unavailable`.
    func close() async
    /// Declares what only the driver can tell: its pools and queues.
    func declare(in metrics: Metrics)
}

extension OpenStore {
    public func declare(in metrics: Metrics) {}
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

    public var description: String { Redaction.hidingSecrets(in: text) }
}
