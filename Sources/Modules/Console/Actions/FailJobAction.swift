import Kernel

/// Fails one job.
struct FailJobAction: Action {
    let visit: Visit
    private let reason: String?

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        reason = fields.text("reason")
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        let id = visit.request.parameters["jobId"] ?? ""
        guard let reason else { return try await FailJobView.againWithoutReason(visit, permissions) }
        let target = "/jobs/\(PercentEncoding.encode(id))"
        let reply = try await visit.send(.put, target, ["status": "failed", "log": .string(reason)])
        if reply.isDone { return .done(visit.place.page("jobs", id, query: Notice.failed.item())) }
        // What has become of it meanwhile, the page says.
        return try await FailJobView.again(
            visit, reason, reply.status == .notFound ? nil : reply.message, reply.status, permissions)
    }
}
