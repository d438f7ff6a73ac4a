import Kernel

/// Divides the register of jobs into parts: each job belongs to one of them, and a target may have one job in progress
/// in each. A module that extends this one offers it; without it the register is one whole.
///
/// Jobs and whatever is derived from them are served for each part below `path`, as they are for all parts at the root.
public struct JobPartition: Sendable {
    /// The member of a job, and of what is derived from it, that names its part: `datastoreRdn`.
    public let member: String
    /// Where each part is served: a path that ends in the capture of its name, `/datastores/{rdn}`.
    public let path: String
    let property: Property<Job, String>
    /// At least one. Jobs that name none, since they are older than the partition, are in the first one.
    public let parts: [Part]
    /// What is answered to a request whose path names a part that there is not.
    public let notFound: @Sendable (_ name: String) -> HTTPError

    public struct Part: Sendable, Hashable {
        public let name: String
        /// Whether jobs that release a new version may be posted to it.
        public let isBumpEnabled: Bool

        public init(name: String, isBumpEnabled: Bool) {
            self.name = name
            self.isBumpEnabled = isBumpEnabled
        }
    }

    /// - Parameters:
    ///   - first: the part of jobs that name none.
    ///   - others: those that come behind it.
    public init(
        member: String, path: String, first: Part, others: [Part],
        notFound: @escaping @Sendable (_ name: String) -> HTTPError
    ) {
        self.member = member
        property = .required(member, .string("The part of the register that the job belongs to"))
        self.path = path
        parts = [first] + others
        self.notFound = notFound
    }
}

extension Capability<JobPartition> {
    /// How the register of jobs is divided, if it is.
    public static var jobPartition: Self { Self("job partition") }
}

extension JobPartition {
    /// The field of a document that names its part.
    public var field: FieldPath { FieldPath(stringLiteral: member) }

    /// What documents of a part have in common, old ones that name none among them.
    public func holds(_ part: String) -> Filter {
        let isNamed = Filter.equal(field, .string(part))
        return part == parts.first?.name ? .or([isNamed, .absent(field)]) : isNamed
    }

    /// The part of a stored job.
    public func part(of job: Job) -> String? { job.json[property] ?? parts.first?.name }

    /// A route's pattern for one part: `/targets` below the part's own path.
    public func pattern(_ rest: String) -> RoutePattern { RoutePattern(stringLiteral: path + rest) }

    /// The part that a request's path names, or what `notFound` says.
    public var part: Input<String> {
        .path(RoutePattern(stringLiteral: path).captures.last ?? "") { name in
            guard let part = parts.first(where: { $0.name.isExactly(name) }) else { throw notFound(name) }
            return part.name
        }
    }

    var names: [String] { parts.map(\.name) }

    func isBumpEnabled(in part: String?) -> Bool { parts.contains { $0.name == part && $0.isBumpEnabled } }

    /// Takes the name of its part out of a new job.
    /// - Parameters:
    ///   - job: what the client gave, checked.
    ///   - part: the one that the request's path names, if it does.
    /// - Returns: the part that it goes to; nil, and a problem, if that cannot be told.
    func takePart(of job: inout JSON, in part: String?, problems: inout [FieldProblem]) -> String? {
        guard var object = job.object else { return nil }
        let named = job[property]
        object[member] = nil
        job = .object(object)
        if problems.concern(member) { return nil }
        if let part, let named, !named.isExactly(part) {
            problems.append(FieldProblem(member, "\(member) is \(named.excerpt), but the path says \(part.excerpt)"))
            return nil
        }
        if let part = part ?? named ?? (parts.count == 1 ? parts.first?.name : nil) { return part }
        problems.append(FieldProblem(member, "Missing \(member); known are \(names.joined(separator: ", "))"))
        return nil
    }
}
