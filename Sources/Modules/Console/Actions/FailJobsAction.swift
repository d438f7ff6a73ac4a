import Kernel

/// Fails all jobs in progress that a list shows, some at a time.
struct FailJobsAction: Action {
    let visit: Visit
    private let filter: JobsFilter
    /// When the form was made, in its own word.
    private let until: String?
    private let reason: String?
    private let count: String?
    private let confirmation: String?

    /// As many are written side by side, which the storage commits together.
    private static let width = 16
    /// After that long the rest is left for another turn: the browser waits, and the service gives no request more than
    /// `http.deadlines.handler`.
    private static let patience = Duration.seconds(15)

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        filter = JobsFilter(fields)
        until = fields.word("until")
        reason = fields.text("reason")
        count = fields.word("count")
        confirmation = fields.word("confirmation")
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        guard permissions.canUpdate else { return try await refused(permissions) }
        guard let until = until.flatMap({ Timestamp($0) }) else {
            return try await again(
                "until is \((self.until ?? "").excerpt), which is no instant: this is the list as it is now",
                Selection(filter, until: .now))
        }
        let selection = Selection(filter, until: until)
        guard let reason else { return try await again("Say why: the reason is the last line of each log", selection) }
        let ids = try await selection.ids(visit)
        let number = String(ids.count)
        guard number == count else {
            return try await again("It has changed meanwhile: there are \(number) now", selection, .conflict)
        }
        guard confirmation == number else { return try await again("Type \(number) to confirm", selection) }
        // The first one tells whether they may at all.
        let first = ids.prefix(1)
        var failed = 0
        for id in first {
            let reply = try await fail(id, reason)
            guard reply.isDone || reply.status == .notFound else {
                return try await again(reply.message, selection, reply.status)
            }
            failed += reply.isDone ? 1 : 0
        }
        failed += try await failAll(ids.dropFirst(), reason)
        let query = filter.items + Notice.failedMany.item(failed, left: ids.count - failed)
        return .done(visit.place.page("jobs", query: query))
    }

    private func failAll(_ ids: ArraySlice<String>, _ reason: String) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var (rest, failed) = (ids, 0)
            let end = ContinuousClock.now + Self.patience
            func addOne() {
                guard ContinuousClock.now < end, let id = rest.popFirst() else { return }
                group.addTask { try await fail(id, reason).isDone }
            }
            for _ in 0..<Self.width { addOne() }
            while let isDone = try await group.next() {
                failed += isDone ? 1 : 0
                addOne()
            }
            return failed
        }
    }

    private func fail(_ id: String, _ reason: String) async throws -> Reply {
        try await visit.send(
            .put, "/jobs/\(PercentEncoding.encode(id))", ["status": "failed", "log": .string(reason)])
    }

    /// The form as it was sent, with what the route has against whoever sent it; nothing is counted for them.
    private func refused(_ permissions: Permissions) async throws -> Outcome {
        let reply = try await visit.send(.put, "/jobs/a", [:])
        var view = FailJobsView(visit)
        (view.reason, view.problem) = (reason, reply.message)
        let selection = Selection(filter, until: until.flatMap { Timestamp($0) } ?? .now)
        return .again(view.page(selection, count.flatMap { Int($0) } ?? 0), reply.status)
    }

    private func again(
        _ problem: String, _ selection: Selection, _ status: Status = .badRequest
    ) async throws -> Outcome {
        var view = FailJobsView(visit)
        (view.reason, view.problem) = (reason, problem)
        return .again(try await view.page(selection), status)
    }
}
