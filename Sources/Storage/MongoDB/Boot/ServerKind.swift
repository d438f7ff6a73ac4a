import Kernel

/// What the server says about itself (hello, buildInfo).
struct ServerKind: Sendable {
    enum Topology: String, Sendable {
        case standalone
        case replicaSet = "replica set"
        case sharded
    }

    let topology: Topology
    let version: String
    /// What it is: MongoDB, or one of those that speak its protocol.
    let product: String
    /// The highest version of the wire protocol that it speaks: 13 is MongoDB 5.0.
    let maxWireVersion: Int

    /// Standalone servers have none.
    var hasTransactions: Bool { topology != .standalone }

    /// - Parameter hosts: the servers' addresses, which tell what some say nowhere else.
    /// - Throws: `MongoDBError` if there is no answer.
    init(asking client: Client, _ database: String, hosts: String) throws {
        let hello = try client.run(.read, ["hello": 1], on: database)
        topology = try hello.read { reply in
            if try reply["setName"] != nil { return .replicaSet }
            return try reply["msg"]?.string == "isdbgrid" ? .sharded : .standalone
        }
        maxWireVersion = try hello.integer("maxWireVersion") ?? 0
        let build = try client.run(.read, ["buildInfo": 1], on: database)
        version = try build.read { try $0["version"]?.string } ?? "of unknown version"
        product = try Self.product(hello, build, hosts.lowercased())
    }

    private static func product(_ hello: ServerReply, _ build: ServerReply, _ hosts: String) throws -> String {
        for reply in [hello, build] {
            let said = try reply.read { reply -> String? in
                if try reply["ferretdb"] != nil || reply["ferretdbVersion"] != nil { return "FerretDB" }
                let details = try reply["internal"]?.document
                return try details?["cosmos_versions"] ?? details?["documentdb_versions"] != nil
                    ? "Azure Cosmos DB" : nil
            }
            if let said { return said }
        }
        if hosts.contains(".cosmos.azure.com") || hosts.contains(".documents.azure.com") { return "Azure Cosmos DB" }
        return hosts.contains(".docdb") && hosts.contains(".amazonaws.com") ? "Amazon DocumentDB" : "MongoDB"
    }
}
