import Kernel

/// Leads to what somebody looks for: a job by its id, or the jobs of a target.
enum Find {
    static func target(_ visit: Visit) async throws -> String {
        guard let text = FormFields(visit.request.query).word("q") else { return visit.place.page("jobs") }
        do {
            _ = try await visit.job(text)
            return visit.place.job(text)
        } catch let error as HTTPError where error.status != .serviceUnavailable {
            // It is no job's id, then.
        }
        return visit.place.page("jobs", query: [QueryItem("target", text.uppercased())])
    }
}
