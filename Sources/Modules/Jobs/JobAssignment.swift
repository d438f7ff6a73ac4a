import Kernel

/// Gives jobs in progress that name no part of the register, since they are older than its partition, the name of the
/// first one: the index that keeps a target to one job in progress leaves out what does not name its part. Completed
/// jobs, of which there may be very many, stay as they are.
struct JobAssignment: Service {
    let name = "assignment of jobs to their parts"
    let store: any DocumentStore
    let jobs: Collection
    let partition: JobPartition

    private static let jobsInTransaction = 200

    func start() async throws {
        guard let first = partition.parts.first else { return }
        let isUnassigned = Filter.absent(partition.field)
        let change = [Change.set(partition.field, .string(first.name))]
        var isAtEnd = false
        while !isAtEnd {
            try Task.checkCancellation()
            isAtEnd = try await store.write { [jobs] transaction in
                for _ in 0..<Self.jobsInTransaction {
                    let job = try transaction.update(in: jobs, where: isUnassigned, change)
                    if job == nil { return true }
                }
                return false
            }
        }
    }
}
