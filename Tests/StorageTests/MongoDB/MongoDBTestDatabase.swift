import Glibc
import Kernel
import KernelTesting
import Synchronization

@testable import StorageMongoDB

/// A database of its own on a server.
final class MongoDBTestDatabase: TestDatabase {
    private static let count = Atomic(0)

    let name: String
    let server: MongoDBServer

    init(on server: MongoDBServer? = nil) throws {
        self.server = try server ?? MongoDBServer.shared.get()
        name = "test_\(getpid())_\(Self.count.add(1, ordering: .relaxed).newValue)"
    }

    var url: String { server.url(database: name) }

    func open(_ collections: [CollectionSpec]) async throws -> any OpenStore {
        var settings = MongoDBSettings()
        settings.snapshotDeadline = Patience.limit
        return try await MongoDBDriver.at(url, settings).open(collections, log: .none)
    }

    /// Runs a command on the database, as another program would.
    @discardableResult
    func run(_ command: BSONDocument, on database: String? = nil) async throws -> ServerReply {
        let uri = try MongoDBDriver.at(url).uri
        let database = database ?? name
        return try await OwnThread.run("command") {
            guard let client = try ClientPool(uri, count: 1, log: .none).take() else { throw TestError("no client") }
            return try client.run(.write, command, on: database)
        }
    }

    func remove() async {
        _ = try? await run(["dropDatabase": 1])
    }
}

extension MongoDBDriver {
    static func at(_ url: String, _ settings: MongoDBSettings = MongoDBSettings()) throws -> MongoDBDriver {
        guard let url = StorageURL(url) else { throw TestError("no URL") }
        return try MongoDBDriver(url, settings)
    }
}
