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

    var status: String?
    var operations: [String]?
    var ignoresCompleted = false
    var target: String?
    var createdBy: String?
    var createdAfter: Timestamp?
    var createdBefore: Timestamp?
    var order = Order.entry
    var limit: Int?
    var after: JobCursor?
    /// Only jobs of one part of the register.
    var isInPart: Filter?
    /// The parameters as they were given, for the link to the next page.
    var items: [QueryItem] = []

    init() {}

    /// - Parameter isInPart: what jobs of the part have in common that the request's path names.
    /// - Throws: `HTTPError` 400 with everything that is wrong.
    init(_ request: Request, where isInPart: Filter? = nil) throws(HTTPError) {
        self.isInPart = isInPart
        items = request.query
        var problems: [FieldProblem] = []
        status = single("status", &problems).flatMap { Self.known($0, JobStatus.names, "status", &problems) }
        operations = readOperations(&problems)
        ignoresCompleted =
            single("ignoreCompleted", alias: "ignore_completed", &problems).flatMap {
                Self.boolean($0, "ignoreCompleted", &problems)
            } ?? false
        target = single("target", &problems).flatMap { Self.target($0, &problems) }
        createdBy = single("createdBy", alias: "created_by", &problems)
        createdAfter = single("createdAfter", alias: "created_after", &problems).flatMap {
            Self.instant($0, "createdAfter", &problems)
        }
        createdBefore = single("createdBefore", alias: "created_before", &problems).flatMap {
            Self.instant($0, "createdBefore", &problems)
        }
        order =
            single("order", &problems).flatMap { Self.known($0, Order.names, "order", &problems) }
            .flatMap(Order.init) ?? .entry
        limit = single("limit", &problems).flatMap { Self.limit($0, &problems) }
        after = single("after", &problems).flatMap { text in
            let cursor = JobCursor(text)
            if cursor == nil {
                problems.append(FieldProblem("after", "after is not a cursor that this service has given out"))
            } else if cursor?.order != order {
                problems.append(FieldProblem("after", "after is a cursor of a list in another order"))
            }
            return cursor
        }
        guard problems.isEmpty else {
            let message = problems.map(\.message).joined(separator: "; ")
            throw HTTPError(.badRequest, code: "jobs.query-invalid", message: message, problems: problems)
        }
    }

    /// What the filters mean for a document; nil if nothing can match.
    var filter: Filter? {
        var conditions = isInPart.map { [$0] } ?? []
        if let status { conditions.append(.equal(.status, .string(status))) }
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
    var wantsInProgress: Bool { status.flatMap(JobStatus.init)?.isFinal != true }

    /// Whether completed jobs are asked for, and can have the status.
    var wantsCompleted: Bool { !ignoresCompleted && status.flatMap(JobStatus.init)?.isFinal != false }

    private func readOperations(_ problems: inout [FieldProblem]) -> [String]? {
        let given = items.filter { $0.name == "operation" || $0.name == "operation[]" }
        guard !given.isEmpty else { return nil }
        var operations: [String] = []
        for element in given.flatMap({ $0.value.split(separator: ",", omittingEmptySubsequences: false) }) {
            let names = JobOperation.names + Self.unknownOperations
            guard let operation = Self.known(String(element), names, "operation", &problems) else { continue }
            if !operations.contains(operation) { operations.append(operation) }
        }
        return operations
    }

    /// The one value of a parameter that may be given once.
    private func single(_ name: String, alias: String? = nil, _ problems: inout [FieldProblem]) -> String? {
        let values = items.filter { $0.name == name || $0.name == alias }.map(\.value)
        if values.count > 1 { problems.append(FieldProblem(name, "\(name) may be given only once")) }
        guard let value = values.first, values.count == 1 else { return nil }
        if value.isEmpty { problems.append(FieldProblem(name, "\(name) must not be empty")) }
        return value.isEmpty ? nil : value
    }
}

extension JobQuery {
    private static func known(
        _ value: String, _ names: [String], _ parameter: String, _ problems: inout [FieldProblem]
    ) -> String? {
        if names.containsExactly(value) { return value }
        let what = value.isEmpty ? "\(parameter) has an empty element" : "Unknown \(parameter) \(value.excerpt)"
        problems.append(FieldProblem(parameter, "\(what); known are \(names.joined(separator: ", "))"))
        return nil
    }

    private static func target(_ value: String, _ problems: inout [FieldProblem]) -> String? {
        if value.utf8.count <= 128, JobSchemas.targetPattern.matches(value) { return value }
        problems.append(
            FieldProblem("target", "target is \(value.excerpt); a target has capital letters, digits and _ alone"))
        return nil
    }

    /// A plus sign that nobody has encoded arrives as a blank, and stands only before an offset.
    private static func instant(
        _ value: String, _ parameter: String, _ problems: inout [FieldProblem]
    ) -> Timestamp? {
        var text = value
        if let blank = text.lastIndex(of: " "), text[text.index(after: blank)...].utf8.count == 5 {
            text.replaceSubrange(blank...blank, with: "+")
        }
        let hasOffset =
            text.utf8.last.map { $0 | 0x20 } == UInt8(ascii: "z")
            || text.utf8.dropLast(5).last.map { "+-".utf8.contains($0) } == true
        if hasOffset, let instant = Timestamp(text) { return instant }
        problems.append(
            FieldProblem(
                parameter,
                "\(parameter) is \(value.excerpt); it must be an instant with an offset, such as "
                    + "2026-01-31T08:00:00Z or 2026-01-31T09:00:00+01:00 (a + in a query is written %2B)"))
        return nil
    }

    private static func boolean(_ value: String, _ parameter: String, _ problems: inout [FieldProblem]) -> Bool? {
        if let flag = Bool(word: value) { return flag }
        problems.append(FieldProblem(parameter, "\(parameter) is \(value.excerpt); it must be \(Bool.spelling)"))
        return nil
    }

    private static func limit(_ value: String, _ problems: inout [FieldProblem]) -> Int? {
        if value.utf8.count < 8, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let limit = Int(value),
            (1...10_000).contains(limit)
        {
            return limit
        }
        problems.append(FieldProblem("limit", "limit is \(value.excerpt); it must be between 1 and 10000"))
        return nil
    }
}
