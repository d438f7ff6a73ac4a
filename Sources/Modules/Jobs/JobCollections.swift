import Kernel

/// Where jobs are kept: a job is in exactly one of the two. Other modules may read them in their own transactions, and
/// leave the writing to this one.
public struct JobCollections: Sendable {
    public let inProgress: Collection
    public let completed: Collection

    /// Both, in the order in which lists show them.
    var inOrder: [Collection] { [inProgress, completed] }

    /// How the register is divided, if it is.
    public let partition: JobPartition?

    /// A target has one job in progress, in each part of the register if that is divided.
    static func inProgressSpec(_ form: JobForm) -> CollectionSpec {
        let one = form.partition.map { CollectionSpec.Index.unique(.target, $0.field) } ?? .unique(.target)
        return CollectionSpec(
            "inprogress", indexes: [one, .unique(.jobID)] + lookups(form), instants: instants,
            formerIndexes: ["datasetName"] + (form.partition == nil ? [] : [.target]), shape: DocumentShape(form.job))
    }

    static func completedSpec(_ form: JobForm) -> CollectionSpec {
        // With both fields in one index, a filter costs what the part has, whatever the other parts have.
        let ofPart = form.partition.map { partition in
            [.target, .status, .operation].map { CollectionSpec.Index.lookup($0, partition.field) }
        }
        return CollectionSpec(
            "completed", indexes: [.unique(.jobID), .lookup(.target)] + lookups(form) + (ofPart ?? []),
            instants: instants, shape: DocumentShape(form.job))
    }

    private static func lookups(_ form: JobForm) -> [CollectionSpec.Index] {
        [.lookup(.status), .lookup(.operation), .lookup(.manifestNames)]
            + (form.partition.map { [.lookup($0.field)] } ?? [])
    }

    private static let instants: [FieldPath] = ["createdAt", "log[].at"]
}

// Which jobs have touched a target.
extension JobCollections {
    /// The job that a target was last given to: the one in progress, or else the last that was finished. Its instants
    /// may be earlier than those of jobs before it, as a request may wait, and clocks differ.
    /// - Parameter part: the part of the register that the target is in; nil if that is not divided.
    public func latest(ofTarget name: String, in part: String?, _ transaction: any ReadTransaction) throws -> (
        Document, isFinished: Bool
    )? {
        let isIts = isIn(part, .equal(.target, .string(name)))
        if let job = try transaction.first(in: inProgress, Query(isIts)) { return (job, false) }
        return try transaction.first(in: completed, Query(isIts, order: .reverseEntry)).map { ($0, true) }
    }

    /// Visits the finished jobs whose manifest names a target, the last first.
    /// - Parameter part: as for `latest`.
    public func findReleases(
        of name: String, in part: String?, _ transaction: any ReadTransaction, visit: (Document) throws -> Visit
    ) throws {
        let namesIt = isIn(part, .contains(.manifestNames, .string(name)))
        try transaction.find(in: completed, Query(namesIt, order: .reverseEntry)) {
            try visit(Document(position: $0, bytes: $1))
        }
    }

    private func isIn(_ part: String?, _ filter: Filter) -> Filter {
        guard let part, let partition else { return filter }
        return .and([filter, partition.holds(part)])
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
