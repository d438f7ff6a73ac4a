import CMongoC
import Kernel

/// A logical session of a client, with at most one transaction at a time.
// @unchecked Sendable: it is used by whoever holds its client.
final class Session: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Outlives the session, as the library demands.
    private let client: Client

    var isInTransaction: Bool { mongoc_client_session_in_transaction(pointer) }

    init(_ pointer: OpaquePointer, of client: Client) {
        self.pointer = pointer
        self.client = client
    }

    /// What the server knows it by.
    var id: BSONDocument {
        var length: UInt32 = 0
        let bytes = cmongoc_session_id(pointer, &length)
        let copy = Array(UnsafeBufferPointer(start: bytes, count: Int(length)))
        return (try? BSONDocument(checking: copy)) ?? BSONDocument()
    }

    deinit {
        mongoc_client_session_destroy(pointer)
    }

    /// Begins a transaction that sees one majority-committed state, and whose commit a majority acknowledges. The
    /// server hears of it with its first command.
    func begin() throws(MongoDBError) {
        let options = mongoc_transaction_opts_new()
        let readConcern = mongoc_read_concern_new()
        let writeConcern = mongoc_write_concern_new()
        let primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
        defer {
            mongoc_read_prefs_destroy(primary)
            mongoc_write_concern_destroy(writeConcern)
            mongoc_read_concern_destroy(readConcern)
            mongoc_transaction_opts_destroy(options)
        }
        mongoc_read_concern_set_level(readConcern, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT)
        mongoc_write_concern_set_wmajority(writeConcern, Int32(clamping: client.writeTimeout.milliseconds))
        mongoc_transaction_opts_set_read_concern(options, readConcern)
        mongoc_transaction_opts_set_write_concern(options, writeConcern)
        mongoc_transaction_opts_set_read_prefs(options, primary)
        var error = bson_error_t()
        guard mongoc_client_session_start_transaction(pointer, options, &error) else {
            throw MongoDBError(error, reply: .empty)
        }
    }

    func commit() throws(MongoDBError) {
        var error = bson_error_t()
        var bytes: UnsafeMutablePointer<UInt8>?
        var length: UInt32 = 0
        let isDone = cmongoc_commit(pointer, &bytes, &length, &error)
        let reply = ServerReply(taking: bytes, length)
        if !isDone { throw MongoDBError(error, reply: reply) }
    }

    /// Ends the transaction, if one is open, without effect. The server ends it by itself if it does not hear of it.
    func abort() {
        if isInTransaction { mongoc_client_session_abort_transaction(pointer, nil) }
    }
}

/// Whoever keeps note of the sessions in which transactions run, so that others can end them if this process is killed.
protocol SessionNoting: Sendable {
    /// Called before the session's first transaction.
    func note(_ session: Session, of client: Client) throws(MongoDBError)
}
