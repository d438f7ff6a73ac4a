import Kernel

/// `storage.sqlite` of the configuration. There is no setting for how durable a write is: it always is.
struct SQLiteSettings: Sendable {
    var readers = 4
    var snapshots = 8
    var snapshotDeadline: Duration = .seconds(60)
    var busyTimeout: Duration = StorageDeadlines.write
    var queue = 1024
    var spool = 1 << 30
    /// How long opening waits for whoever holds the database: a command of the operator, which holds it for as long as
    /// one request takes, must not keep a service from starting.
    var lockPatience: Duration = .milliseconds(300)
    /// Whose files and messages these are.
    var product = Product.unnamed

    init() {}

    init(reading section: ConfigurationSection) {
        product = section.product
        readers = section.integer(
            "readers", default: readers, in: 1...64, "Connections for lookups; each can hold 1 MiB of pages.")
        snapshots = section.integer(
            "snapshots", default: snapshots, in: 1...256, "Long lists that are read at the same time; others wait.")
        snapshotDeadline = section.duration(
            "snapshotDeadline", default: snapshotDeadline, in: .milliseconds(10)...(.seconds(3600)),
            "How long one list may be read from the database; then what its client has not taken is copied out.")
        spool = section.bytes(
            "spool", default: spool, in: 0...(1 << 40),
            "What lists that are read slowly may take on the disk beside the database, all together; further ones are cut short."
        )
        busyTimeout = section.duration(
            "busyTimeout", default: busyTimeout, in: .zero...(.seconds(60)),
            "How long a write is tried while another program (sqlite3) holds the database, or the disk is full or fails."
        )
        queue = section.integer(
            "queue", default: queue, in: 1...100_000, "Reads and writes that wait, each; further ones are refused.")
    }
}
