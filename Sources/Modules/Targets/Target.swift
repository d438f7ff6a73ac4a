import Jobs
import Kernel

/// What is known of a dataset, or of the datastore as a whole: which job touched it last, and how that ended.
struct Target: Sendable, Hashable {
    let name: String
    /// The part of the register of jobs that it is in, if that is divided.
    let part: Part?
    /// The instant of the job's last change, RFC 3339 in UTC.
    let lastUpdatedAt: String
    let status: String
    /// Who posted the job; nil only for jobs of other origin that do not say.
    let lastUpdatedBy: JSON?
    let action: [String]

    /// A part by its name, and the member that says it.
    struct Part: Sendable, Hashable {
        let member: String
        let name: String
    }

    /// What tells it from other targets, by which they are sorted: the name, and behind it that of the part. A space
    /// comes before all that a name may hold.
    var key: String { part.map { "\(name) \($0.name)" } ?? name }

    var json: JSON {
        let json: JSON = [
            "name": .string(name), "lastUpdatedAt": .string(lastUpdatedAt), "status": .string(status),
            "lastUpdatedBy": lastUpdatedBy, "action": .array(action.map(JSON.string)),
        ]
        guard let part, var object = json.object else { return json }
        object[part.member] = .string(part.name)
        object["key"] = .string(key)
        return .object(object)
    }
}

extension FieldPath {
    static let name: FieldPath = "name"
    static let key: FieldPath = "key"
}

extension Target {
    /// What a job, as it is now, says of targets: of its own one, and of those that a completed BUMP releases or
    /// removes. Each name comes once; what a job lacks (one of other origin might) is left out.
    /// - Parameter partition: how the register of jobs is divided, if it is.
    static func targets(of job: Job, _ partition: JobPartition?) -> [Target] {
        guard let name = job.target, let status = job.statusName, let instant = job.lastChangeAt
        else { return [] }
        let part = partition.flatMap { partition in
            partition.part(of: job).map { Part(member: partition.member, name: $0) }
        }
        func target(_ name: String, _ action: [String]) -> Target {
            Target(
                name: name, part: part, lastUpdatedAt: instant, status: status, lastUpdatedBy: job.createdBy,
                action: action)
        }

        var targets = [target(name, action(job))]
        for (name, action) in releases(of: job) {
            targets.removeAll { $0.name.isExactly(name) }
            targets.append(target(name, action))
        }
        return targets
    }

    private static func action(_ job: Job) -> [String] {
        guard let operation = job.operationName else { return [] }
        let details =
            switch job.operation {
            case .setStatus: [job.releaseStatus]
            case .bump: [job.bumpFromVersion, job.bumpToVersion]
            default: [String?]()
            }
        return [operation] + details.compactMap(\.self)
    }

    /// The targets that a BUMP has released or removed with its completion.
    private static func releases(of job: Job) -> [(name: String, action: [String])] {
        job.releases.map { update in
            (update.name, [update.releaseStatus == .pendingDelete ? "REMOVED" : "RELEASED", job.bumpToVersion ?? ""])
        }
    }
}
