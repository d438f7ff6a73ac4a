import Kernel

/// A job that is about to be created.
struct NewJob: Sendable {
    let id: UUID
    let document: JSON
    let operation: JobOperation

    /// Why an item of a POST does not become a job.
    struct Refusal: Error {
        let reason: String
    }

    /// - Throws: `Refusal` with everything that is wrong with the item.
    init(_ item: JSON, by user: User, at now: Timestamp) throws(Refusal) {
        guard item.object != nil else { throw Refusal(reason: "A job must be an object, not \(item.kindName)") }
        var problems: [FieldProblem] = []
        guard let parameters = JobSchemas.newJob.read(item, problems: &problems),
            let operation = parameters["operation"]?.string.flatMap(JobOperation.init)
        else { throw Refusal(problems) }
        problems = operation.problems(of: parameters)
        guard problems.isEmpty else { throw Refusal(problems) }

        id = UUID()
        self.operation = operation
        document = [
            "jobId": .string(id.description),
            "status": .string(JobStatus.queued.rawValue),
            "parameters": parameters,
            "log": [],
            "createdAt": .string(now.description),
            "createdBy": [
                "userId": .string(user.id), "firstName": .string(user.firstName), "lastName": .string(user.lastName),
            ],
        ]
    }
}

extension NewJob.Refusal {
    init(_ problems: [FieldProblem]) {
        reason = problems.map(\.message).joined(separator: "; ")
    }
}

extension JobOperation {
    /// What the operation needs beyond the schema that all operations share.
    fileprivate func problems(of parameters: JSON) -> [FieldProblem] {
        let missing = required.filter { parameters[$0] == nil }.map { FieldProblem($0, "Missing \($0)") }
        guard self == .bump, parameters["target"]?.string != "DATASTORE" else { return missing }
        return missing + [FieldProblem("target", "target must be DATASTORE for the operation BUMP")]
    }

    private var required: [String] {
        switch self {
        case .remove: ["description"]
        case .setStatus: ["releaseStatus"]
        case .bump: ["description", "bumpManifesto", "bumpFromVersion", "bumpToVersion"]
        default: []
        }
    }
}
