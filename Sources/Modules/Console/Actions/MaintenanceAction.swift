import Kernel

/// Pauses or resumes. Whoever has not seen the latest status is shown it first: somebody else was faster.
struct MaintenanceAction: Action {
    let visit: Visit
    private let seen: String?
    private let isPaused: Bool
    private let message: String?

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        seen = fields.word("seen")
        isPaused = fields.word("paused") == "true"
        message = fields.text("message")
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        guard let message else {
            return try await again("Say why: everybody who asks is told", .badRequest, permissions)
        }
        let latest = MaintenanceState(try await visit.get("/maintenance-status"))
        guard latest.timestamp == seen else {
            // The same form sent twice has done it already.
            if latest.isPaused == isPaused, latest.message == message { return done() }
            return try await again("Somebody has changed it meanwhile; this is how it is now", .conflict, permissions)
        }
        let reply = try await visit.send(
            .post, "/maintenance-status", ["msg": .string(message), "paused": .bool(isPaused)])
        return reply.isDone ? done() : try await again(reply.message, reply.status, permissions)
    }

    private func done() -> Outcome {
        let notice = isPaused ? Notice.paused : .resumed
        return .done(visit.place.page("maintenance", query: notice.item()))
    }

    private func again(_ problem: String, _ status: Status, _ permissions: Permissions) async throws -> Outcome {
        var view = MaintenanceView(visit)
        (view.message, view.problem) = (message, problem)
        return .again(try await view.page(permissions), status)
    }
}
