import Kernel

/// Where jobs are kept: a job is in exactly one of the two. Other modules may read them in their own transactions, and
/// leave the writing to this one.
public struct JobCollections: Sendable {
    public let inProgress: Collection
    public let completed: Collection

    /// Both, in the order in which lists show them.
    var inOrder: [Collection] { [inProgress, completed] }

    static let inProgressSpec = CollectionSpec(
        "inprogress",
        indexes: [.unique(.target), .unique(.jobID)] + lookups, instants: instants, formerIndexes: ["datasetName"],
        shape: shape)

    static let completedSpec = CollectionSpec(
        "completed",
        indexes: [.unique(.jobID), .lookup(.target)] + lookups, instants: instants, shape: shape)

    private static let lookups: [CollectionSpec.Index] = [
        .lookup(.status), .lookup(.operation), .lookup(.manifestNames),
    ]

    private static let instants: [FieldPath] = ["createdAt", "log[].at"]
    private static let shape = DocumentShape(JobSchemas.job)
}

// Which jobs have touched a target.
extension JobCollections {
    /// The job that a target was last given to: the one in progress, or else the last that was finished. Its instants
    /// may be earlier than those of jobs before it, as a request may wait, and clocks differ.
    public func latest(ofTarget name: String, in transaction: any ReadTransaction) throws -> (
        Document, isFinished: Bool
    )? {
        let isIts = Filter.equal(.target, .string(name))
        if let job = try transaction.first(in: inProgress, Query(isIts)) { return (job, false) }
        return try transaction.first(in: completed, Query(isIts, order: .reverseEntry)).map { ($0, true) }
    }

    /// Visits the finished jobs whose manifest names a target, the last first.
    public func findReleases(
        of name: String, in transaction: any ReadTransaction, visit: (Document) throws -> Visit
    ) throws {
        let namesIt = Filter.contains(.manifestNames, .string(name))
        try transaction.find(in: completed, Query(namesIt, order: .reverseEntry)) {
            try visit(Document(position: $0, bytes: $1))
        }
    }
}

extension FieldPath {
    static let jobID: FieldPath = "jobId"
    static let status: FieldPath = "status"
    static let log: FieldPath = "log"
    static let operation: FieldPath = "parameters.operation"
    static let target: FieldPath = "parameters.target"
    static let description: FieldPath = "parameters.description"
    static let manifestNames: FieldPath = "parameters.bumpManifesto.dataStructureUpdates[].name"
}
