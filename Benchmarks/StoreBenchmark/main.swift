import Glibc
import Kernel
import StorageSQLite

// Measures the SQLite store by itself: `StoreBenchmark [FOLDER]`, in a release build; the folder's disk is what is
// measured. Each line: what, how many a second, CPU time of the whole process for each.

struct NoLog: LogSink {
    var level: LogLevel { .critical }
    func write(_ entry: LogEntry) {}
}

let folder = CommandLine.arguments.dropFirst().first ?? "/tmp"
let path = "\(folder)/store-benchmark-\(getpid()).db"
let jobs = Collection(name: "jobs", ordinal: 0)
let specs = [
    CollectionSpec(
        "jobs",
        indexes: [
            .unique("jobId"), .unique("parameters.target"), .lookup("status"),
            .lookup("parameters.bumpManifesto.dataStructureUpdates[].name"),
        ])
]

func job(_ number: Int) -> [UInt8] {
    let document: JSON = [
        "jobId": .string("0b6f7a52-7a0c-4a58-9d52-\(number)"), "status": "queued",
        "parameters": ["operation": "ADD", "target": .string("TARGET_\(number)"), "description": "A dataset"],
        "log": [["at": "2024-01-01T00:00:00.000000Z", "message": "Set status: queued"]],
        "createdAt": "2024-01-01T00:00:00.000000Z",
        "createdBy": ["userId": "1234-1234-1234-1234", "firstName": "Test", "lastName": "User"],
    ]
    return document.bytes
}

func cpu() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let (user, system) = (usage.ru_utime, usage.ru_stime)
    return Double(user.tv_sec + system.tv_sec) + Double(user.tv_usec + system.tv_usec) / 1e6
}

/// Runs `body` `count` times on each of `tasks` tasks, and prints how it went.
func measure(_ what: String, tasks: Int = 1, count: Int, _ body: @escaping @Sendable (Int) async throws -> Void)
    async throws
{
    let (clock, before) = (ContinuousClock().now, cpu())
    try await withThrowingTaskGroup { group in
        for task in 0..<tasks {
            group.addTask {
                for number in 0..<count { try await body(task * count + number) }
            }
        }
        try await group.waitForAll()
    }
    let total = Double(tasks * count)
    let elapsed = (ContinuousClock().now - clock) / .seconds(1)
    func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
    let rate = "\(Int(total / elapsed))/s"
    print(padded(what, 44), padded(rate, 12), "\(((cpu() - before) / total * 1e7).rounded() / 10) µs CPU each")
}

func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = fread(&bytes, 1, bytes.count, file)
    let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4 : 0
}

guard let url = StorageURL("sqlite:\(path)"), let driver = SQLiteDriver(url: url, reading: ConfigurationSection())
else { exit(64) }
print("resident before opening: \(resident()) KiB")
let store = try await driver.open(specs, log: Logger("benchmark", sink: NoLog()))
print("resident after opening: \(resident()) KiB")

// The raw cost of the disk, beside which the rest is to be seen: append 4 KiB, fdatasync.
let file = open(path + ".raw", O_RDWR | O_CREAT, 0o600)
let page = [UInt8](repeating: 1, count: 4096)
try await measure("append 4 KiB and fdatasync", count: 500) { _ in
    _ = page.withUnsafeBytes { write(file, $0.baseAddress, 4096) }
    fdatasync(file)
}
close(file)
unlink(path + ".raw")

for (writers, count) in [(1, 500), (8, 250), (32, 250), (128, 100)] {
    try await measure("durable insert, \(writers) writers", tasks: writers, count: count) { number in
        let document = job(writers * 1_000_000 + number)
        _ = try await store.write { try $0.insert(document, into: jobs) }
    }
}
try await measure("durable update with a log line, 32 writers", tasks: 32, count: 100) { number in
    let target = JSON.string("TARGET_\(32_000_000 + number)")
    let line: JSON = ["at": "2024-01-01T00:00:00.000000Z", "message": "Set status: validating"]
    _ = try await store.write {
        try $0.update(
            in: jobs, where: .equal("parameters.target", target),
            [.set("status", "validating"), .append("log", [line])])
    }
}
try await measure("read by unique key", count: 20_000) { number in
    let target = JSON.string("TARGET_\(32_000_000 + number % 8000)")
    let found = try await store.read { try $0.first(in: jobs, Query(.equal("parameters.target", target))) }
    if found == nil { print("not found") }
}
try await measure("snapshot, read by unique key", count: 20_000) { number in
    let target = JSON.string("TARGET_\(32_000_000 + number % 8000)")
    let snapshot = try await store.snapshot()
    _ = try await snapshot.read { try $0.first(in: jobs, Query(.equal("parameters.target", target))) }
}
try await measure("list all of about 23,000", count: 20) { _ in
    let bytes = try await store.read { transaction in
        var bytes = 0
        try transaction.find(in: jobs, Query()) { _, document in
            bytes += document.count
            return .next
        }
        return bytes
    }
    if bytes < 1_000_000 { print("too few") }
}
try await measure("list by status, among 3", count: 20) { _ in
    _ = try await store.read { transaction in
        try transaction.find(in: jobs, Query(.among("status", ["validating", "built", "failed"]))) { _, _ in .next }
    }
}
try await measure("first 100 by status, among 3", count: 500) { _ in
    _ = try await store.read { transaction in
        let query = Query(.among("status", ["queued", "validating", "built"]), limit: 100)
        try transaction.find(in: jobs, query) { _, _ in .next }
    }
}
print("resident at the end: \(resident()) KiB")
await store.close()
for suffix in ["", "-wal", "-shm", "-lock"] { unlink(path + suffix) }
