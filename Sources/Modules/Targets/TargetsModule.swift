import Jobs
import Kernel

/// What is known of each dataset, derived from the jobs that touch it.
public struct TargetsModule: Module {
    public static let manifest = Manifest(
        id: "targets", summary: "What is known of each dataset, derived from its jobs", requires: ["jobs"])

    public init(configuration: NoConfiguration) {}

    public func register(in kernel: any Registrar) throws {
        let form = TargetForm(kernel.optional(.jobPartition))
        let register = TargetRegister(collection: kernel.collection(form.spec), form: form)
        let marks = kernel.collection(RebuildMark.spec(form))
        try kernel.require(.jobObservers).add(register)
        let jobs = try kernel.require(.jobList)
        let rebuild = TargetRebuild(
            store: kernel.store, jobs: try kernel.require(.jobCollections), register: register, marks: marks,
            log: kernel.log)
        let rebuilding = GradualService("target rebuild", log: kernel.log, work: rebuild.run)
        kernel.service(rebuilding)
        kernel.check(rebuilding.check)

        let list = TargetList(store: kernel.store, register: register)
        kernel.get(
            "/targets", .listTargets(form), showing: [register.collection],
            atOnce: { _ in
                try rebuilding.checkTargets()
                return try list.responseAtOnce()
            },
            handler: { _ in
                try rebuilding.checkTargets()
                return try await list.response()
            })
        let aliases = [Alias("/targets/{name}", since: "2026-11-24T00:00:00Z")]
        kernel.get("/targets/{name}/jobs", aliases: aliases, .listJobsOfTarget(jobs.form), .path("name")) {
            try await jobs.response(forTarget: $1)
        }
        guard let partition = form.partition else { return }
        kernel.get(partition.pattern("/targets"), .listTargets(form), partition.part) { _, part in
            try rebuilding.checkTargets()
            return try await list.response(in: part)
        }
        kernel.get(
            partition.pattern("/targets/{name}/jobs"), .listJobsOfTarget(jobs.form), partition.part, .path("name")
        ) { _, part, name in
            try await jobs.response(forTarget: name, in: part)
        }
    }
}

extension GradualService {
    /// Refuses while the work is under way: a part of the targets would look like all.
    fileprivate func checkTargets() throws(HTTPError) {
        guard let pending else { return }
        throw HTTPError(
            .serviceUnavailable, code: "targets.being-rebuilt",
            message: "The targets are being derived from the jobs: \(pending) so far; try again", retryAfter: 5)
    }
}
