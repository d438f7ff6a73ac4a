import CMongoC
import Kernel
import Synchronization

/// One client of the pool: a connection to each server that it has talked to. Used by one thread at a time.
// @unchecked Sendable: whoever holds the client, a worker or a snapshot's lease, is its only user.
final class Client: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let pool: ClientPool
    /// What the driver itself keeps in the database.
    var own: OwnCollections { pool.own }
    private let release: @Sendable (OpaquePointer) -> Void
    /// When the server has last answered this client.
    private let answeredAt = Mutex<ContinuousClock.Instant?>(nil)
    /// Whether nobody wants any more what the client is used for; asked before each command.
    var isUnwanted: @Sendable () -> Bool = { false }

    /// - Parameter release: what becomes of the pointer at the end.
    init(_ pointer: OpaquePointer, of pool: ClientPool, release: @escaping @Sendable (OpaquePointer) -> Void) {
        self.pointer = pointer
        self.pool = pool
        self.release = release
    }

    deinit {
        release(pointer)
    }

    enum Kind {
        case read
        case write
    }

    /// How long the server waits for a majority to have a write.
    var writeTimeout: Duration { pool.writeTimeout }

    var lastAnswer: ContinuousClock.Instant? { answeredAt.withLock { $0 } }

    /// Runs a command on the primary.
    /// - Parameter session: a session of this client.
    /// - Throws: `MongoDBError`, for errors within a successful reply (`writeErrors`) too.
    @discardableResult
    func run(
        _ kind: Kind, _ command: BSONDocument, on database: String, in session: Session? = nil
    ) throws(MongoDBError) -> ServerReply {
        if isUnwanted() { throw MongoDBError(MONGOC_ERROR_CLIENT, code: 0, "the store is being closed") }
        var error = bson_error_t()
        var reply: UnsafeMutablePointer<UInt8>?
        var length: UInt32 = 0
        // A transaction says at its commit how durable it is to be.
        let command =
            kind == .write && session?.isInTransaction != true
            ? command.acknowledged(within: pool.writeTimeout) : command
        let isDone = command.bytes.withUnsafeBufferPointer { bytes in
            cmongoc_run(
                pointer, session?.pointer, kind == .write, database, bytes.baseAddress, bytes.count, &reply, &length,
                &error)
        }
        let answer = ServerReply(taking: reply, length)
        guard isDone else {
            throw MongoDBError(error, reply: answer, of: command)
        }
        answeredAt.withLock { $0 = .now }
        if let failure = try? answer.writeError {
            throw MongoDBError(writeError: failure, in: answer)
        }
        return answer
    }

    /// Runs a command for which one error is as good as success.
    func run(
        _ kind: Kind, _ command: BSONDocument, on database: String, accepting code: Int
    ) throws(MongoDBError) {
        do throws(MongoDBError) {
            try run(kind, command, on: database)
        } catch {
            if error.code != code { throw error }
        }
    }

    /// Waits until a server is known that takes writes, however often the library gives up looking for one.
    /// - Returns: its address; nil if the deadline came first.
    @discardableResult
    func awaitPrimary(until deadline: ContinuousClock.Instant) -> String? {
        var error = bson_error_t()
        while ContinuousClock.Instant.now < deadline, !isUnwanted() {
            let begin = ContinuousClock.Instant.now
            if let server = mongoc_client_select_server(pointer, true, nil, &error) {
                defer { mongoc_server_description_destroy(server) }
                return cmongoc_address(server).map { String(cString: $0) }
            }
            // What makes it fail at once, such as a server that is too old, is not over at once.
            if .now - begin < .milliseconds(50) { OwnThread.pause(.milliseconds(100)) }
        }
        return nil
    }

    /// - Parameter isNoted: whether transactions will run in it, which others end if this process is killed.
    func startSession(isNoted: Bool = true) throws(MongoDBError) -> Session {
        let options = mongoc_session_opts_new()
        defer { mongoc_session_opts_destroy(options) }
        // Every transaction says itself which state it sees.
        mongoc_session_opts_set_causal_consistency(options, false)
        var error = bson_error_t()
        guard let session = mongoc_client_start_session(pointer, options, &error) else {
            throw MongoDBError(error, reply: .empty)
        }
        let started = Session(session, of: self)
        if isNoted, let notes = pool.sessionNotes.withLock({ $0 }) { try notes.note(started, of: self) }
        return started
    }
}

extension ServerReply {
    /// Takes over a reply of the library's.
    init(taking bytes: UnsafeMutablePointer<UInt8>?, _ length: UInt32) {
        self.init(
            bytes: bytes.map { Array(UnsafeBufferPointer(start: $0, count: Int(length))) } ?? ServerReply.empty.bytes)
        bson_free(bytes)
    }
}

extension MongoDBError {
    init(writeError: (code: Int, message: String), in reply: ServerReply) {
        self.init(
            MONGOC_ERROR_SERVER, code: writeError.code, writeError.message, labels: (try? reply.errorLabels) ?? [])
        duplicateField = (try? reply.keyPatternField) ?? self.fieldInMessage
    }
}
