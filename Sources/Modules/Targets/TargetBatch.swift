import Jobs
import Kernel

/// A number of jobs, and the targets that they tell of, the latest state of each.
struct TargetBatch: Sendable {
    private(set) var positions: [Position] = []
    private(set) var targets: [Target] = []
    /// Whether no jobs come behind it.
    private(set) var isLast = false

    static let size = 500

    var last: Position? { positions.last }

    init() {}

    init(_ collection: Collection, _ query: Query, _ partition: JobPartition?, in transaction: any ReadTransaction)
        throws
    {
        var query = query
        query.limit = Self.size
        var latest: [String: Target] = [:]
        try transaction.find(in: collection, query) { position, document in
            positions.append(position)
            for target in Target.targets(of: try Document(position: position, bytes: document).json(), partition) {
                if let other = latest[target.key], !other.lastUpdatedAt.precedes(target.lastUpdatedAt) { continue }
                latest[target.key] = target
            }
            return .next
        }
        targets = latest.values.sorted { $0.key < $1.key }
        isLast = positions.count < Self.size
    }
}
