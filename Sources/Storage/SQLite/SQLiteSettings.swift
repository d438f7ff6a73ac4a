import Kernel

/// `storage.sqlite` of the configuration. There is no setting for how durable a write is: it always is.
struct SQLiteSettings: Sendable {
    var readers = 4
    var snapshots = 8
    var snapshotDeadline: Duration = .seconds(60)
    var busyTimeout: Duration = .seconds(5)
    var queue = 1024

    init() {}

    init(reading section: ConfigurationSection) {
        readers = section.integer(
            "readers", default: readers, in: 1...64, "Connections for lookups; each can hold 1 MiB of pages.")
        snapshots = section.integer(
            "snapshots", default: snapshots, in: 1...256, "Long lists that are read at the same time; others wait.")
        snapshotDeadline = section.duration(
            "snapshotDeadline", default: snapshotDeadline, in: .milliseconds(10)...(.seconds(3600)),
            "How long one list may be read. Until then the write-ahead log cannot start anew.")
        busyTimeout = section.duration(
            "busyTimeout", default: busyTimeout, in: .zero...(.seconds(60)),
            "How long a write waits for another program (a backup, sqlite3) that holds the database.")
        queue = section.integer(
            "queue", default: queue, in: 1...100_000, "Reads and writes that wait, each; further ones are refused.")
    }
}
