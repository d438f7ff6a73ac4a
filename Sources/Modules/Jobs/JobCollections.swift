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
        indexes: [.unique(.target), .unique(.jobID)] + lookups, instants: instants, formerIndexes: ["datasetName"])

    static let completedSpec = CollectionSpec(
        "completed",
        indexes: [.unique(.jobID), .lookup(.target)] + lookups, instants: instants)

    private static let lookups: [CollectionSpec.Index] = [
        .lookup(.status), .lookup(.operation), .lookup(.manifestNames),
    ]

    private static let instants: [FieldPath] = ["createdAt", "log[].at"]
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
