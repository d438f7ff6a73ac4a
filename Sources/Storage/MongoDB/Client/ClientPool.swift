import CMongoC
import Kernel
import Synchronization

/// The pool of libmongoc clients, which share the monitoring of the servers.
// @unchecked Sendable: libmongoc's pool may be used from any thread.
final class ClientPool: @unchecked Sendable {
    let health: ServerHealth
    /// Where sessions are noted in which transactions run; nil on a server that has none.
    let sessionNotes = Mutex<(any SessionNoting)?>(nil)
    /// How long the server waits for a majority to have a write; it says so before the socket's time is over.
    let writeTimeout: Duration
    private let pointer: OpaquePointer
    /// Says how the monitoring connects.
    private let model: OpaquePointer
    private let uri: ConnectionString
    /// What the driver itself keeps in the database.
    var own: OwnCollections { uri.own }

    /// Resolves a `mongodb+srv` name and starts to watch the servers; may block on DNS.
    /// - Parameter count: how many clients there may be at most.
    init(_ uri: ConnectionString, count: Int, log: Logger) throws(MongoDBError) {
        self.uri = uri
        health = ServerHealth(hosts: uri.hosts, log: log)
        var error = bson_error_t()
        // The monitoring needs to know of TLS alone: for that no name is looked up again.
        guard let model = uri.alone("localhost")?.withURI({ mongoc_client_new_from_uri_with_error($0, &error) }),
            let pool = uri.withURI({ mongoc_client_pool_new_with_error($0, &error) })
        else { throw MongoDBError(error, reply: .empty) }
        self.model = model
        cmongoc_check_monitoring(pool, model)
        health.watch(pool)
        mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2)
        mongoc_client_pool_max_size(pool, UInt32(count))
        pointer = pool
        let socketTimeout = uri.withURI { mongoc_uri_get_option_as_int32($0, MONGOC_URI_SOCKETTIMEOUTMS, 5000) }
        writeTimeout = .milliseconds(min(5000, Int64(socketTimeout)) * 4 / 5)
    }

    deinit {
        mongoc_client_pool_destroy(pointer)
        mongoc_client_destroy(model)
    }

    /// A client, or nil if all are lent. Never waits.
    func take() -> Client? {
        mongoc_client_pool_try_pop(pointer).map { client in
            cmongoc_check_replies(client)
            return Client(client, of: self) { [self] in mongoc_client_pool_push(pointer, $0) }
        }
    }

    /// A client of its own of one server, for commands that take long.
    /// - Parameters:
    ///   - address: host and port.
    ///   - socketTimeout: how long the server may take to answer.
    func connect(to address: String, socketTimeout: Duration) throws(MongoDBError) -> Client {
        var error = bson_error_t()
        guard let uri = uri.alone(address, socketTimeout: socketTimeout),
            let client = uri.withURI({ mongoc_client_new_from_uri_with_error($0, &error) })
        else { throw MongoDBError(error, reply: .empty) }
        mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
        cmongoc_check_replies(client)
        return Client(client, of: self) { mongoc_client_destroy($0) }
    }
}
