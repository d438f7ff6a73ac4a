import Kernel

/// `storage.mongodb` of the configuration. How durable a write is cannot be set: a majority has it before it is
/// acknowledged.
struct MongoDBSettings: Sendable {
    var user: String?
    var password: Secret?
    var authSource = "admin"
    var connections = 8
    var snapshots = 8
    var snapshotDeadline: Duration = .seconds(50)
    var queue = 1024
    var readDeadline = StorageDeadlines.read
    var writeDeadline = StorageDeadlines.write
    var serverSelectionTimeout: Duration = .seconds(2)
    var connectTimeout: Duration = .milliseconds(1500)
    var socketTimeout: Duration = .seconds(5)
    var bootWait: Duration = .seconds(4)

    /// Whose database it is.
    var product = Product.unnamed

    init() {}

    init(reading section: ConfigurationSection) {
        product = section.product
        user = section.string(
            "user", variable: "MONGODB_USER", "The user to authenticate as; none if the server asks for none.")
        password = section.secret("password", variable: "MONGODB_PASSWORD", "The user's password.")
        authSource = section.string(
            "authSource", default: authSource,
            "The database that knows the user; one that the URL names comes first.")
        connections = section.integer(
            "connections", default: connections, in: 1...256,
            "Transactions at the same time, each on a connection and a thread of its own; others wait.")
        snapshots = section.integer(
            "snapshots", default: snapshots, in: 1...256,
            "Long lists that are read at the same time, each on a connection of its own; others wait.")
        snapshotDeadline = section.duration(
            "snapshotDeadline", default: snapshotDeadline, in: .milliseconds(100) ... .seconds(3600),
            "How long one list may be read. Servers end a transaction after 60 s unless they are told otherwise.")
        queue = section.integer(
            "queue", default: queue, in: 1...100_000, "Transactions that wait; further ones are refused.")
        readDeadline = section.duration(
            "readDeadline", default: readDeadline, in: .milliseconds(500) ... .seconds(600),
            "How long a read is tried, whatever way the server is away, before it is answered with 503.")
        writeDeadline = section.duration(
            "writeDeadline", default: writeDeadline, in: .milliseconds(500) ... .seconds(600),
            "How long a write is tried. An election takes 10 to 15 s; clients that do not repeat a PUT wait longer.")
        serverSelectionTimeout = section.duration(
            "serverSelectionTimeout", default: serverSelectionTimeout, in: .milliseconds(50) ... .seconds(600),
            "How long one look for a server that can be written to takes; looks are repeated until the deadline.")
        connectTimeout = section.duration(
            "connectTimeout", default: connectTimeout, in: .milliseconds(50) ... .seconds(600),
            "How long a server may take to accept a connection, and to answer the monitoring.")
        socketTimeout = section.duration(
            "socketTimeout", default: socketTimeout, in: .milliseconds(50) ... .seconds(600),
            "How long a server may take to answer one command; the building of indexes is waited for.")
        bootWait = section.duration(
            "bootWait", default: bootWait, in: .zero ... .seconds(600),
            "How long a server that cannot be reached, or whose name cannot be looked up, is waited for at the start.")
        if password != nil, user == nil {
            section.problem("password", "is of no use without a user", remedy: "set MONGODB_USER too")
        }
        if user != nil, password == nil {
            section.problem("user", "has no password", remedy: "set MONGODB_PASSWORD, or put it into SECRETS_FILE")
        }
    }
}
