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
        kernel.service(
            TargetRebuild(
                store: kernel.store, jobs: try kernel.require(.jobCollections), register: register, marks: marks,
                log: kernel.log))

        let list = TargetList(store: kernel.store, register: register)
        kernel.route(.get, "/targets", .listTargets(form)) { _ in try await list.response() }
        for path in ["/targets/{name}/jobs", "/targets/{name}"] {
            kernel.route(.get, RoutePattern(stringLiteral: path), .listJobsOfTarget(jobs.form)) { request in
                try await jobs.response(forTarget: request.parameters["name"] ?? "")
            }
        }
        guard let partition = form.partition else { return }
        kernel.route(.get, partition.pattern("/targets"), .listTargets(form)) { request in
            try await list.response(in: partition.part(of: request))
        }
        kernel.route(.get, partition.pattern("/targets/{name}/jobs"), .listJobsOfTarget(jobs.form)) { request in
            let name = request.parameters["name"] ?? ""
            return try await jobs.response(forTarget: name, in: partition.part(of: request))
        }
    }
}
