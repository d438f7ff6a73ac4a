import Glibc
import Kernel
import StorageSQLite

// A process for the tests to lose: it opens the database whose path it is given, says so on a line of its own
// (`open`, or `issue: …`), and then, by its second argument, waits for the end of its input (`hold`) or writes on many
// tasks for ever, with a line `kept N` for each write that was acknowledged (`write`).

func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

struct NoLog: LogSink {
    var level: LogLevel { .critical }
    func write(_ entry: LogEntry) {}
}

func insert(_ number: Int, in store: any OpenStore) async throws {
    let document: JSON = ["n": .integer(Int64(number)), "key": .integer(Int64(number)), "tags": ["t"]]
    try await store.write { transaction in
        for ordinal in 0...1 {
            try transaction.insert(
                document.bytes, into: Collection(name: ["alpha", "beta"][ordinal], ordinal: ordinal))
        }
    }
    say("kept \(number)")
}

let specs = ["alpha", "beta"].map { CollectionSpec($0, indexes: [.unique("key"), .lookup("tags[]")]) }
let arguments = CommandLine.arguments
guard arguments.count == 3, let url = StorageURL("sqlite:\(arguments[1])"),
    let driver = SQLiteDriver(url: url, reading: ConfigurationSection())
else {
    say("usage: store-probe PATH hold|write")
    exit(64)
}
do {
    let store = try await driver.open(specs, log: Logger("probe", sink: NoLog()))
    say("open")
    if arguments[2] == "write" {
        await withTaskGroup { group in
            for writer in 0..<16 {
                group.addTask {
                    var number = writer
                    while (try? await insert(number, in: store)) != nil { number += 16 }
                }
            }
        }
    }
    while readLine() != nil {}
    await store.close()
} catch let issue as BootIssue {
    say("issue: \(issue.what) | \(issue.remedy ?? "")")
    exit(issue.kind.rawValue)
}
