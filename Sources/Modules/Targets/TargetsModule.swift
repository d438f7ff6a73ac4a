import Jobs
import Kernel

/// What is known of each dataset, derived from the jobs that touch it.
public struct TargetsModule: Module {
    public static let manifest = Manifest(
        id: "targets", summary: "What is known of each dataset, derived from its jobs", requires: ["jobs"])

    public init(configuration: NoConfiguration) {}

    public func register(in kernel: any Registrar) throws {
        let register = TargetRegister(collection: kernel.collection(TargetRegister.spec))
        let marks = kernel.collection(RebuildMark.spec)
        try kernel.require(.jobObservers).add(register)
        let jobs = try kernel.require(.jobList)
        kernel.service(
            TargetRebuild(
                store: kernel.store, jobs: try kernel.require(.jobCollections), register: register, marks: marks,
                log: kernel.log))

        let list = DocumentList(in: kernel.store)
        kernel.route(.get, "/targets", .listTargets) { _ in
            try await list.response(register.collection, Query(order: .field(.name)))
        }
        for pattern: RoutePattern in ["/targets/{name}/jobs", "/targets/{name}"] {
            kernel.route(.get, pattern, .listJobsOfTarget) { request in
                try await jobs.response(forTarget: request.parameters["name"] ?? "")
            }
        }
    }
}
