import Glibc
import Kernel
import Synchronization

/// The instances of the service that use a database, each with the sessions in which it runs transactions.
///
/// A process that is killed leaves its transactions open, and with them locks on what they have changed; servers end
/// them only after a minute. So every instance says each second that it lives, and ends the sessions of those that do
/// not any more (killSessions, which every user may do to its own). One that was only slow loses nothing by that: its
/// transactions fail as transient, and it runs them again.
final class InstanceRegister: Sendable {
    static let collection = "job-service.instances"
    /// How long an instance may be silent.
    private static let patience = Duration.seconds(5)

    private let id = ObjectID.random
    private let database: String
    private let log: Logger
    private let sessions = Mutex(Set<BSONDocument>())
    private let host: String

    init(_ database: String, log: Logger) {
        self.database = database
        self.log = log
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        host = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    /// Notes a session before its first transaction.
    func note(_ session: Session, of client: Client) throws(MongoDBError) {
        let id = session.id
        guard !sessions.withLock({ $0.contains(id) }) else { return }
        try client.run(
            .write, update(["$addToSet": ["sessions": .document(id)], "$currentDate": ["seenAt": true]]), on: database)
        sessions.withLock { _ = $0.insert(id) }
    }

    /// Says that this instance lives, and clears up behind those that do not.
    func beat(_ client: Client) throws {
        let known = sessions.withLock { $0.map(BSONValue.document) }
        try client.run(
            .write,
            update([
                "$set": ["host": .string(host), "process": .int64(Int64(getpid())), "sessions": .array(known)],
                "$currentDate": ["seenAt": true],
            ]), on: database)
        let hello = try client.run(.read, ["hello": 1], on: database)
        let now = try hello.read { try $0["localTime"]?.milliseconds } ?? 0
        let reply = try client.run(.read, ["find": .string(Self.collection), "limit": 1000], on: database)
        for instance in try reply.documents.map({ try Instance($0) }) where instance.id != id {
            let isSilent = instance.seenAt < now - Self.patience.milliseconds
            guard isSilent || (instance.host == host && !isRunning(instance.process)) else { continue }
            try end(instance, client)
        }
    }

    /// Whether a process of this machine is still there. One with the number of this process is its predecessor in a
    /// container.
    private func isRunning(_ process: pid_t) -> Bool {
        process != getpid() && (kill(process, 0) == 0 || errno != ESRCH)
    }

    private func end(_ instance: Instance, _ client: Client) throws {
        if !instance.sessions.isEmpty {
            try client.run(.write, ["killSessions": .array(instance.sessions.map(BSONValue.document))], on: database)
        }
        try remove(instance.id, client)
        log.info(
            "an instance on \(instance.host), process \(instance.process), is gone; "
                + "\(instance.sessions.count) sessions that it left were ended")
    }

    /// Takes this instance out.
    func leave(_ client: Client) throws { try remove(id, client) }

    private func remove(_ id: ObjectID, _ client: Client) throws {
        try client.run(
            .write,
            ["delete": .string(Self.collection), "deletes": [["q": ["_id": .objectID(id)], "limit": 1]]],
            on: database)
    }

    private func update(_ changes: BSONDocument) -> BSONDocument {
        [
            "update": .string(Self.collection),
            "updates": [["q": ["_id": .objectID(id)], "u": .document(changes), "upsert": true]],
        ]
    }
}

/// What one instance has said of itself.
private struct Instance {
    let id: ObjectID
    let host: String
    let process: pid_t
    let seenAt: Int64
    let sessions: [BSONDocument]

    init(_ document: BSONDocument) throws {
        (id, host, process, seenAt, sessions) = try document.bytes.withUnsafeBytes { bytes in
            let reader = try BSONReader(bytes)
            var sessions: [BSONDocument] = []
            try reader["sessions"]?.document?.forEach { session in
                sessions.append(try BSONDocument(checking: Array(session.value)))
                return true
            }
            return (
                try reader["_id"]?.objectID ?? ObjectID(high: 0, low: 0), try reader["host"]?.string ?? "",
                pid_t(truncatingIfNeeded: try reader["process"]?.integer ?? 0),
                try reader["seenAt"]?.milliseconds ?? 0, sessions
            )
        }
    }
}
