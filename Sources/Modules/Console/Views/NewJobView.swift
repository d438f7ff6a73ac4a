import Jobs
import Kernel

/// The form of a new job.
struct NewJobView: View {
    let visit: Visit

    func page(_ permissions: Permissions) async throws -> Page {
        let fields = FormFields(visit.request.query)
        let parts = try await Parts(visit)
        guard let id = fields.word("from") else { return NewJobForm(fields).page(visit, parts) }
        let job = try await visit.job(id)
        return NewJobForm(job).page(visit, parts)
    }
}
