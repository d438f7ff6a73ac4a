import Kernel

/// Finds the database under the name that it has: a server takes no two whose names differ only in case, and the Python
/// service wrote to `jobDB` whatever its URL said.
struct DatabaseName {
    let client: Client
    let wanted: String
    let hosts: String
    let log: Logger

    /// - Throws: `BootIssue` if several databases may be meant, or none although there must be one.
    func find(mustBeThere: Bool) throws -> String {
        let reply: ServerReply
        do {
            reply = try client.run(
                .read, ["listDatabases": 1, "nameOnly": true, "maxTimeMS": .int64(4000)], on: "admin")
        } catch {
            if error.isNetworkFailure || error.isStateChange { throw error }
            // The user may not see them; the first write tells (DatabaseDifferCase).
            return wanted
        }
        let similar = try reply.read { reply in
            var names: [String] = []
            try reply["databases"]?.document?.forEach { database in
                if let name = try database.document?["name"]?.string { names.append(name) }
                return true
            }
            return names.filter { $0.lowercased() == wanted.lowercased() }.sorted()
        }
        if mustBeThere, similar.isEmpty {
            throw BootIssue(
                .environment, "MongoDB at \(hosts) has no database '\(wanted)', so that there is nothing to read",
                remedy: "look at the database's name in the URL")
        }
        guard let found = similar.first, similar != [wanted] else { return wanted }
        guard similar.count == 1 else {
            throw BootIssue(
                .configuration,
                "MongoDB at \(hosts) has several databases whose names differ only in case: "
                    + similar.map { "'\($0)'" }.joined(separator: " and "),
                remedy: "keep one: move the documents of the others there and drop them")
        }
        log.warning(
            "the database '\(found)' is used instead of '\(wanted)': MongoDB at \(hosts) has it already, and takes no "
                + "two whose names differ only in case; to have no such warning, write '\(found)' into storage.url "
                + "(MONGODB_URL)")
        return found
    }
}
