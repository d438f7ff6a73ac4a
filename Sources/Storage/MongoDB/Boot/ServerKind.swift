import Kernel

/// What the server says about itself (hello).
struct ServerKind: Sendable {
    enum Topology: String, Sendable {
        case standalone
        case replicaSet = "replica set"
        case sharded
    }

    let topology: Topology
    let version: String

    /// Standalone servers have none.
    var hasTransactions: Bool { topology != .standalone }

    /// - Throws: `MongoDBError` if there is no answer.
    init(asking client: Client, _ database: String) throws {
        let hello = try client.run(.read, ["hello": 1], on: database)
        topology = try hello.read { reply in
            if try reply["setName"] != nil { return .replicaSet }
            return try reply["msg"]?.string == "isdbgrid" ? .sharded : .standalone
        }
        let build = try client.run(.read, ["buildInfo": 1], on: database)
        version = try build.read { try $0["version"]?.string } ?? "of unknown version"
    }
}
