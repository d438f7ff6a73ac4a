import Kernel

/// Says what becomes of a job whose executor has fallen silent.
struct ResolveAction: Action {
    let visit: Visit
    private let reason: String?
    private let action: String

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        reason = fields.text("reason")
        action = fields.word("action") ?? ""
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        let id = visit.request.parameters["jobId"] ?? ""
        guard let reason else { return try await ResolveView.againWithoutReason(visit, permissions) }
        let reply = try await visit.send(
            .post, "/dispatch/resolutions",
            ["jobId": .string(id), "action": .string(action), "reason": .string(reason)])
        if reply.isDone {
            let notice = action == "fail" ? Notice.failed : .requeued
            return .done(visit.place.page("jobs", id, query: notice.item()))
        }
        return try await ResolveView.again(
            visit, reason, reply.status == .notFound ? nil : reply.message, reply.status, permissions)
    }
}
