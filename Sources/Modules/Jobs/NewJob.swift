import Kernel

/// A job that is about to be created.
struct NewJob: Sendable {
    let id: UUID
    let document: JSON
    let operation: JobOperation
    let target: String
    /// The part of the register that it goes to, if that is divided.
    let part: String?

    /// Why an item of a POST does not become a job.
    struct Refusal: Error {
        let reason: String
    }

    /// - Parameters:
    ///   - item: what the client gave.
    ///   - form: how it must look.
    ///   - part: the part of the register that the request's path names, if it does.
    /// - Throws: `Refusal` with everything that is wrong with the item.
    init(_ item: JSON, by user: User, at now: Timestamp, as form: JobForm, in part: String?) throws(Refusal) {
        guard item.object != nil else { throw Refusal(reason: "A job must be an object, not \(item.kindName)") }
        var problems: [FieldProblem] = []
        var parameters = form.newJob.read(item, problems: &problems) ?? [:]
        let operation = parameters[JobFields.operation].flatMap(JobOperation.init)
        self.part = form.partition?.takePart(of: &parameters, in: part, problems: &problems)
        problems += operation?.problems(of: parameters, beside: problems) ?? []
        guard problems.isEmpty, let operation, let target = parameters[JobFields.target] else {
            throw Refusal(problems)
        }

        id = UUID()
        self.operation = operation
        self.target = target
        let members: JSON = [
            "jobId": .string(id.description),
            "status": .string(JobStatus.queued.rawValue),
            "parameters": parameters,
            "log": [],
            "createdAt": .string(now.description),
            "createdBy": [
                "userId": .string(user.id), "firstName": .string(user.firstName), "lastName": .string(user.lastName),
            ],
        ]
        document = form.document(members, in: self.part)
    }
}

extension NewJob.Refusal {
    init(_ problems: [FieldProblem]) {
        reason = problems.map(\.message).joined(separator: "; ")
    }
}

extension JobOperation {
    /// What the operation needs beyond the schema that all operations share.
    /// - Parameters:
    ///   - parameters: what of them is right.
    ///   - known: what is wrong with them by the schema.
    fileprivate func problems(of parameters: JSON, beside known: [FieldProblem]) -> [FieldProblem] {
        var problems = required.filter { parameters[$0] == nil && !known.concern($0) }.map {
            FieldProblem($0, "Missing \($0)")
        }
        if self == .bump, let target = parameters[JobFields.target], !target.isExactly("DATASTORE") {
            problems.append(FieldProblem("target", "target must be DATASTORE for the operation BUMP"))
        }
        return problems
    }

    private var required: [String] {
        switch self {
        case .remove: [JobFields.description.name]
        case .setStatus: [JobFields.releaseStatus.name]
        case .bump:
            [
                JobFields.description.name, JobFields.bumpManifesto.name, JobFields.bumpFromVersion.name,
                JobFields.bumpToVersion.name,
            ]
        default: []
        }
    }
}
