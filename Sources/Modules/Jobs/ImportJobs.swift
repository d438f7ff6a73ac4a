import Kernel

/// `POST /jobs/imports`, for the command `jobs import` alone: takes finished jobs that were exported back into the
/// register. Whatever is there came later, so that no target changes for it; nobody is told of them.
struct ImportJobs: Sendable {
    let store: any DocumentStore
    let collections: JobCollections
    let form: JobForm

    /// Jobs of one request, and hence of one transaction.
    static let mostJobs = 200

    struct Outcome: ReplyBody {
        /// How many were taken in; the others were there.
        let imported: Int

        static let imported = Property<Outcome, Int>.required("imported", \.imported, .integer(0...mostJobs))
        static let schema = Schema.object("JobImport", imported, as: Outcome.init)
    }

    var jobs: Input<[JSON]> {
        let jobs = Schema<[JSON]>.array(of: Schema(form.importedJob), maximum: Self.mostJobs)
        return .body(.object("ImportedJobs", .required("jobs", jobs), as: { $0 }))
    }

    func respond(_ jobs: [JSON]) async throws -> Outcome {
        let problems = jobs.enumerated().compactMap { index, job -> FieldProblem? in
            if Job(job).status?.isFinal == true { return nil }
            return FieldProblem("jobs[\(index)].status", "jobs[\(index)].status must be completed or failed")
        }
        guard problems.isEmpty else { throw HTTPError.invalidBody(problems) }
        let named = jobs.compactMap { job in Job(job).id.map { (id: $0, job: form.document(of: Job(job))) } }
        let imported = try await store.write { [collections] transaction in
            let areThese = Query(.among(.jobID, named.map { JSON.string($0.id) }))
            var known: Set<ExactText> = []
            for collection in collections.inOrder {
                try transaction.find(in: collection, areThese) {
                    if let id = Job(try Document(position: $0, bytes: $1).json()).id { known.insert(ExactText(id)) }
                    return .next
                }
            }
            let new = named.filter { known.insert(ExactText($0.id)).inserted }
            guard !new.isEmpty else { return 0 }
            let ids = new.map { ([JobFields.id.name: .string($0.id)] as JSON).bytes }
            _ = try transaction.insert(ids, into: collections.imported)
            _ = try transaction.insert(new.map(\.job.bytes), into: collections.completed)
            return new.count
        }
        return Outcome(imported: imported)
    }
}

extension Operation {
    static let importJobs = Operation(
        "Takes finished jobs back into the register", access: [.operator], reply: .json(ImportJobs.Outcome.schema.json),
        errors: [.badRequest: "A job is not as it is served, or not finished"], isForCommands: true)
}
