import Kernel

/// Sets the level of the log.
struct LogLevelAction: Action {
    let visit: Visit
    private let level: String

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        level = fields.word("level") ?? ""
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        let reply = try await visit.send(.put, ConfigurationRoute.levelPath, ["level": .string(level)])
        if reply.isDone { return .done(visit.place.page("system", query: Notice.level.item())) }
        var view = SystemView(visit)
        view.problem = reply.message
        return .again(try await view.page(permissions), reply.status)
    }
}
