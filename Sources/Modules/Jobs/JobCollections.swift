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
    /// Visits the jobs in progress of the targets with these names, in all parts of the register.
    public func findInProgress(
        ofTargets names: [String], in transaction: any ReadTransaction, visit: (JSON) throws -> Void
    ) throws {
        try transaction.find(in: inProgress, Query(.among(.target, names.map(JSON.string)))) {
            try visit(Document(position: $0, bytes: $1).json())
            return .next
        }
    }

    /// Visits the finished jobs whose manifest names a target, the last first.
    /// - Parameter part: the part of the register that the target is in; nil if that is not divided.
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
