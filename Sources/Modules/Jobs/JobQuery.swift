import Kernel

/// The query of `GET /jobs`. Parameters that it does not know are ignored.
struct JobQuery: Sendable {
    /// Operations of newer executors that this service knows of but never has: accepted, and matching nothing.
    static let unknownOperations = ["GENERATE_RSA_KEYS"]

    enum Order: String, Vocabulary {
        /// Jobs in progress first, then completed ones, each as they entered their collection.
        case entry
        /// By the instant of creation, the latest first.
        case newest
    }

    let status: JobStatus?
    let operations: [String]?
    let ignoresCompleted: Bool
    let target: String?
    let createdBy: String?
    let createdAfter: Timestamp?
    let createdBefore: Timestamp?
    let order: Order
    let limit: Int?
    let after: JobCursor?

    static let input = Input.query(
        QueryParameters(
            .optional("status", .choice(JobSchemas.statusSummary), "Only jobs with this status"),
            .list(
                "operation", of: Schema(.choice(JobOperation.names + unknownOperations)),
                "Only jobs with one of these operations; a comma list, repeated, or spelled operation[]"),
            .optional("ignoreCompleted", .flag(), default: false, "Leave out completed jobs"),
            .optional("target", JobSchemas.target, "Only jobs of this target") { @Sendable in
                "is \($0.excerpt); a target has capital letters, digits and _ alone"
            },
            .optional("createdBy", .string(lengths: 1...256), "Only jobs that the user with this id has posted"),
            .optional("createdAfter", .timestamp, "Only jobs created then or later"),
            .optional("createdBefore", .timestamp, "Only jobs created earlier"),
            .optional(
                "order", .choice(), default: .entry,
                "entry (the default), or newest: all by the instant of creation, the latest first"),
            .optional("limit", .integer(1...10_000), "At most that many jobs, and a Link to the next ones"),
            .optional("after", .text(lengths: 1...64, "a cursor"), "Where the page before ended, from its Link") {
                @Sendable _ in
                "is not a cursor that this service has given out"
            },
            as: JobQuery.init, check: { $0.check(&$1) }), code: "jobs.query-invalid")

    private func check(_ problems: inout [FieldProblem]) {
        if let after, after.order != order {
            problems.append(FieldProblem("after", "after is a cursor of a list in another order"))
        }
    }

    /// What the filters mean for a document; nil if nothing can match.
    /// - Parameter isInPart: what jobs of the part have in common that the request's path names.
    func filter(_ isInPart: Filter?) -> Filter? {
        var conditions = isInPart.map { [$0] } ?? []
        if let status { conditions.append(.equal(.status, .string(status.rawValue))) }
        if let operations {
            let known = operations.filter { !Self.unknownOperations.contains($0) }
            switch known.count {
            case 0: return nil
            case 1: conditions.append(.equal(.operation, .string(known[0])))
            default: conditions.append(.among(.operation, known.map(JSON.string)))
            }
        }
        if let target { conditions.append(.equal(.target, .string(target))) }
        if let createdBy { conditions.append(.equal(.createdBy, .string(createdBy))) }
        if let createdAfter { conditions.append(.atLeast(.createdAt, .string(createdAfter.description))) }
        if let createdBefore { conditions.append(.less(.createdAt, .string(createdBefore.description))) }
        return conditions.count > 1 ? .and(conditions) : conditions.first ?? .all
    }

    /// Whether jobs in progress can have the status.
    var wantsInProgress: Bool { status?.isFinal != true }

    /// Whether completed jobs are asked for, and can have the status.
    var wantsCompleted: Bool { !ignoresCompleted && status?.isFinal != false }
}
