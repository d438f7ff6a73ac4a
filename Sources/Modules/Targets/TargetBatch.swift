import Jobs
import Kernel

/// A number of jobs, and the targets that they tell of: of each what the last of them says, in the order in which they
/// entered their collection. Those that were read back from an export came before all others.
struct TargetBatch: Sendable {
    struct Entry: Sendable {
        let target: Target
        let isImported: Bool
    }

    private var latest: [ExactText: Entry] = [:]
    private(set) var count = 0
    private(set) var last: Position?

    static let size = 500

    init() {}

    /// Reads the jobs behind a place.
    init(
        _ collection: Collection, of jobs: JobCollections, behind place: Position?, _ partition: JobPartition?,
        in transaction: any ReadTransaction
    ) throws {
        var told: [(id: String, targets: [Target])] = []
        try transaction.find(in: collection, Query(after: place, limit: Self.size)) { position, document in
            count += 1
            last = position
            let job = Job(try Document(position: position, bytes: document).json())
            told.append((job.id ?? "", Target.targets(of: job, partition)))
            return .next
        }
        let imported = try jobs.imported(among: told.map(\.id), in: transaction)
        for (id, targets) in told {
            for target in targets { add(Entry(target: target, isImported: imported.contains(ExactText(id)))) }
        }
    }

    var entries: [Entry] {
        latest.values.sorted { $0.target.key.utf8.lexicographicallyPrecedes($1.target.key.utf8) }
    }
    var targets: [Target] { entries.map(\.target) }

    private mutating func add(_ entry: Entry) {
        let key = ExactText(entry.target.key)
        if entry.isImported, latest[key]?.isImported == false { return }
        latest[key] = entry
    }

    mutating func append(_ other: TargetBatch) {
        for entry in other.latest.values { add(entry) }
        count += other.count
        last = other.last ?? last
    }
}
