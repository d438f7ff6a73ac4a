import Kernel

/// Where jobs are kept: a job is in exactly one of the two. Other modules may read them in their own transactions, and
/// leave the writing to this one.
public struct JobCollections: Sendable {
    public let inProgress: Collection
    public let completed: Collection
    /// The ids of the completed jobs that were read back from an export, in whichever order: all others count as later.
    let imported: Collection

    /// Both, in the order in which lists show them.
    var inOrder: [Collection] { [inProgress, completed] }

    /// How the register is divided, if it is.
    public let partition: JobPartition?

    /// A target has one job in progress, in each part of the register if that is divided. Jobs in progress are few, and
    /// change often: they have few indexes. The status alone has one, since that is what everybody polls for.
    /// - Parameter maximumLog: bytes of a job's log.
    static func inProgressSpec(_ form: JobForm, maximumLog: Int) -> CollectionSpec {
        let one = form.partition.map { CollectionSpec.Index.unique(.target, $0.field) } ?? .unique(.target)
        return CollectionSpec(
            "inprogress",
            indexes: [one, .unique(.jobID), .lookup(.status), .lookup(.status, .operation), .lookup(.manifestNames)]
                + (form.partition.map { [.lookup($0.field)] } ?? []),
            instants: instants, choices: choices(JobStatus.allCases.filter { !$0.isFinal }),
            growing: JobLog.growing(maximum: maximumLog),
            formerIndexes: ["datasetName"] + (form.partition == nil ? [] : [.target]), shape: DocumentShape(form.job))
    }

    /// Finished jobs are many and never change. Whatever conditions a list has, an index leads to what it returns: for
    /// each choice of target and user one in order of entry and one in order of creation, with status and operation,
    /// which have few values, in between.
    static func completedSpec(_ form: JobForm) -> CollectionSpec {
        // With both fields in one index, a filter costs what the part has, whatever the other parts have.
        let ofPart = form.partition.map { partition in
            [CollectionSpec.Index.lookup(.target, partition.field), .lookup(partition.field, .status, .operation)]
        }
        return CollectionSpec(
            "completed",
            indexes: [
                .unique(.jobID), .lookup(.manifestNames),
                .lookup(.status, .operation), .lookup(.status, .operation, .createdAt),
                .lookup(.target, .status, .operation), .lookup(.target, .status, .operation, .createdAt),
                .lookup(.createdBy, .status, .operation), .lookup(.createdBy, .status, .operation, .createdAt),
                .lookup(.target, .createdBy, .status, .operation),
                .lookup(.target, .createdBy, .status, .operation, .createdAt),
            ] + (ofPart ?? []), instants: instants, choices: choices(JobStatus.allCases.filter(\.isFinal)),
            shape: DocumentShape(form.job))
    }

    static let importedSpec = CollectionSpec("importedjobs", indexes: [.unique(.jobID)])

    private static func choices(_ statuses: [JobStatus]) -> [FieldPath: [JSON]] {
        [
            .status: statuses.map { .string($0.rawValue) },
            .operation: JobOperation.allCases.map { .string($0.rawValue) },
        ]
    }

    private static let instants: [FieldPath] = [.createdAt, "log[].at"]
}

extension JobCollections {
    func job(_ id: String, in transaction: any ReadTransaction) throws -> Document? {
        let isThis = Query(.equal(.jobID, .string(id)))
        return try transaction.first(in: inProgress, isThis) ?? transaction.first(in: completed, isThis)
    }
}

// Which jobs have touched a target.
extension JobCollections {
    /// Visits the jobs in progress of the targets with these names, in all parts of the register.
    public func findInProgress(
        ofTargets names: [String], in transaction: any ReadTransaction, visit: (Job) throws -> Void
    ) throws {
        try transaction.find(in: inProgress, Query(.among(.target, names.map(JSON.string)))) {
            try visit(Job(Document(position: $0, bytes: $1)))
            return .next
        }
    }

    /// Visits the finished jobs whose manifest names a target, the last first.
    /// - Parameter part: the part of the register that the target is in; nil if that is not divided.
    public func findReleases(
        of name: String, in part: String?, _ transaction: any ReadTransaction, visit: (Job) throws -> Visit
    ) throws {
        let namesIt = isIn(part, .contains(.manifestNames, .string(name)))
        try transaction.find(in: completed, Query(namesIt, order: .reverseEntry)) {
            try visit(Job(Document(position: $0, bytes: $1)))
        }
    }

    func isIn(_ part: String?, _ filter: Filter) -> Filter {
        guard let part, let partition else { return filter }
        return .and([filter, partition.holds(part)])
    }
}

extension FieldPath {
    static let jobID: FieldPath = "jobId"
    static let status: FieldPath = "status"
    static let log: FieldPath = "log"
    static let createdAt: FieldPath = "createdAt"
    static let createdBy: FieldPath = "createdBy.userId"
    static let operation: FieldPath = "parameters.operation"
    static let target: FieldPath = "parameters.target"
    static let description: FieldPath = "parameters.description"
    static let manifestNames: FieldPath = "parameters.bumpManifesto.dataStructureUpdates[].name"
}
