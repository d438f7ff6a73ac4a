import Glibc
import Kernel
import Synchronization

/// The instances of the service that use a database, each with the sessions in which it runs transactions.
///
/// A process that is killed leaves its transactions open, and with them locks on what they have changed; servers end
/// them only after a minute. So every instance says now and then that it lives, and ends the sessions of those that
/// certainly do not any more (killSessions, which every user may do to its own). Silence alone proves nothing: an
/// instance that is paused, or cut off, goes on with its sessions later.
final class InstanceRegister: SessionNoting {
    private let collection: String

    private let id = ObjectID.random
    private let place = ProcessPlace.current
    private let database: String
    private let log: Logger
    private let host: String
    private let sessions = SessionNotes()
    private let silence = Silence()
    private let count = Atomic<Int64>(0)
    private let cannotEndSessions = Atomic(false)

    /// - Parameter collection: where the instances are noted.
    init(_ database: String, in collection: String, log: Logger) {
        self.collection = collection
        self.database = database
        self.log = log
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        host = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    /// Notes a session before its first transaction.
    func note(_ session: Session, of client: Client) throws(MongoDBError) {
        let id = session.id
        guard sessions.use(id) else { return }
        do throws(MongoDBError) {
            try client.run(.write, update(["$addToSet": ["sessions": .document(id)]]), on: database)
        } catch {
            sessions.forget(id)
            throw error
        }
    }

    /// Says that this instance lives, and clears up behind those that do not.
    func beat(_ client: Client) throws {
        let address = try client.run(.read, ["whatsmyuri": 1], on: database).read { try $0["you"]?.string } ?? ""
        let members = InstanceNote.members(
            host: host, place, beat: count.add(1, ordering: .relaxed).newValue, address: address,
            sessions: sessions.current())
        try client.run(
            .write, update(["$set": .document(members), "$currentDate": ["seenAt": true]]), on: database)
        let reply = try client.run(
            .read, ["find": .string(collection), "limit": 1000, "singleBatch": true], on: database)
        let others = try reply.documents.map { try InstanceNote($0) }.filter { $0.id != id }
        let spans = silence.look(at: others)
        for other in others {
            let span = spans[other.id] ?? .zero
            if other.place.hasEnded {
                try clear(other, client)
            } else if span > Silence.suspicious, let isThere = try isConnected(other, seenFrom: address, client) {
                if !isThere { try clear(other, client) }
            } else if span > Silence.hopeless {
                // Whatever it has left open the server has ended by now.
                try remove(other.id, client)
            }
        }
    }

    /// Whether the server has a connection to that instance, which lasts while its process does.
    /// - Returns: nil if the server does not tell.
    private func isConnected(_ other: InstanceNote, seenFrom own: String, _ client: Client) throws -> Bool? {
        guard !other.address.isEmpty, !own.isEmpty else { return nil }
        let reply: ServerReply
        do {
            reply = try client.run(.read, ["currentOp": 1, "$ownOps": true, "$all": true], on: "admin")
        } catch {
            if error.isNetworkFailure { throw error }
            return nil
        }
        var (sees, isThere) = (false, false)
        try reply.read { reply in
            try reply["inprog"]?.document?.forEach { operation in
                let address = try operation.document?["client"]?.string
                if address == own { sees = true }
                if address == other.address { isThere = true }
                return true
            }
        }
        return sees ? isThere : nil
    }

    private func clear(_ instance: InstanceNote, _ client: Client) throws {
        let isEnded = endSessions(of: instance, client)
        guard try remove(instance.id, client) else { return }
        log.info(
            "an instance on \(instance.host), process \(instance.place.process), is gone"
                + (isEnded ? "; \(instance.sessions.count) sessions that it left were ended" : ""))
    }

    /// Tried once: what stays open the server ends after a minute.
    private func endSessions(of instance: InstanceNote, _ client: Client) -> Bool {
        guard !instance.sessions.isEmpty, !cannotEndSessions.load(ordering: .relaxed) else { return false }
        do {
            try client.run(
                .write,
                ["killSessions": .array(instance.sessions.map(BSONValue.document)), "maxTimeMS": .int64(2000)],
                on: database)
            return true
        } catch {
            if !error.isNetworkFailure { cannotEndSessions.store(true, ordering: .relaxed) }
            log.warning(
                "sessions of an instance that is gone cannot be ended: \(error); what they have locked is free again "
                    + "when the server ends them, after a minute (transactionLifetimeLimitSeconds)")
            return false
        }
    }

    /// Takes this instance out.
    func leave(_ client: Client) throws { try remove(id, client) }

    /// - Returns: whether it was there.
    @discardableResult
    private func remove(_ id: ObjectID, _ client: Client) throws -> Bool {
        let reply = try client.run(
            .write,
            ["delete": .string(collection), "deletes": [["q": ["_id": .objectID(id)], "limit": 1]]],
            on: database)
        return try reply.integer("n") == 1
    }

    private func update(_ changes: BSONDocument) -> BSONDocument {
        [
            "update": .string(collection),
            "updates": [["q": ["_id": .objectID(id)], "u": .document(changes), "upsert": true]],
        ]
    }
}
