import Jobs
import Kernel

/// A number of jobs, and the targets that they tell of: of each what the last of them says, in the order in which they
/// entered their collection.
struct TargetBatch: Sendable {
    private var latest: [ExactText: Target] = [:]
    private(set) var count = 0
    private(set) var last: Position?

    static let size = 500

    init() {}

    /// Reads the jobs behind a place.
    init(
        _ collection: Collection, behind place: Position?, _ partition: JobPartition?,
        in transaction: any ReadTransaction
    ) throws {
        try transaction.find(in: collection, Query(after: place, limit: Self.size)) { position, document in
            count += 1
            last = position
            for target in Target.targets(of: Job(try Document(position: position, bytes: document).json()), partition) {
                latest[ExactText(target.key)] = target
            }
            return .next
        }
    }

    var targets: [Target] { latest.values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }

    mutating func append(_ other: TargetBatch) {
        latest.merge(other.latest) { $1 }
        count += other.count
        last = other.last ?? last
    }
}
