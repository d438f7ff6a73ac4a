import Kernel

/// Leads to what somebody looks for: a job by its id, or the jobs of a target.
enum Find {
    static func target(_ visit: Visit) async throws -> String {
        guard let text = FormFields(visit.request.query).word("q") else { return visit.place.page("jobs") }
        let reply = try await visit.send(.get, "/jobs/\(PercentEncoding.encode(text))")
        if reply.isDone { return visit.place.job(text) }
        return visit.place.page("jobs", query: [QueryItem("target", text.uppercased())])
    }
}
