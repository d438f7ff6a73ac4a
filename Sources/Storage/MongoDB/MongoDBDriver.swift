import Kernel

/// The storage engine that many instances share: MongoDB through libmongoc.
public struct MongoDBDriver: StorageDriver {
    /// The library is there as soon as it is linked.
    public static func prepareProcess() { LibMongoC.unlinkCounters() }

    public static let schemes = ["mongodb", "mongodb+srv"]
    public static var label: String { "MongoDB (libmongoc \(LibMongoC.version))" }
    public static var libraries: [LinkedLibrary] { [LinkedLibrary("libmongoc", LibMongoC.version)] }

    public static func manual(of product: Product) -> StorageManual {
        var manual = StorageManual("MongoDB")
        manual.exampleURL = "mongodb://127.0.0.1/\(product.databaseName)"
        manual.seeAlso = ["mongodump(1)"]
        return manual
    }

    let uri: ConnectionString
    private let settings: MongoDBSettings

    public init?(url: StorageURL, reading section: ConfigurationSection) {
        settings = MongoDBSettings(reading: section.section("mongodb", "MongoDB, if storage.url names it"))
        do {
            uri = try ConnectionString(url, settings)
        } catch {
            section.problem("url", error.what, remedy: error.remedy)
            return nil
        }
    }

    init(_ url: StorageURL, _ settings: MongoDBSettings) throws(ConnectionString.Problem) {
        self.settings = settings
        uri = try ConnectionString(url, settings)
    }

    public func open(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        try await open(collections, log: log, onReach: {})
    }

    public func open(
        _ collections: [CollectionSpec], log: Logger, onReach: @escaping @Sendable () -> Void
    ) async throws -> any OpenStore {
        try await open(collections, log: log, onReach: onReach, onStep: {})
    }

    /// - Parameter onStep: for tests; see `Journal`.
    func open(
        _ collections: [CollectionSpec], log: Logger, onReach: @escaping @Sendable () -> Void = {},
        onStep: @escaping @Sendable () throws -> Void
    ) async throws -> any OpenStore {
        try await open(collections, log: log, asSource: false, onReach: onReach, onStep: onStep)
    }

    /// Reads what is there: makes no index, no register of instances and no collection.
    public func openSource(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        try await open(collections, log: log, asSource: true, onReach: {}, onStep: {})
    }

    private func open(
        _ collections: [CollectionSpec], log: Logger, asSource isSource: Bool, onReach: @escaping @Sendable () -> Void,
        onStep: @escaping @Sendable () throws -> Void
    ) async throws -> any OpenStore {
        let layouts = try collections.map { try CollectionLayout($0) }
        let opening = Opening(
            uri: uri, settings: settings, layouts: layouts, log: log, isSource: isSource, onReach: onReach,
            onStep: onStep)
        return try await OwnThread.run("mongodb-open") { try opening.run() }
    }
}
