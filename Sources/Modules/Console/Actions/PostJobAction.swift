import Kernel

/// Posts the job of a form; the same form sent twice posts one.
struct PostJobAction: Action {
    let visit: Visit
    let form: NewJobForm
    private let key: String?

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        form = NewJobForm(fields)
        key = fields.word("key")
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        do {
            switch try await Posting(visit, try form.item(), key: key).outcome() {
            case .created(let id):
                return .done(visit.place.page("jobs", id, query: Notice.created.item()))
            case .refused(let reason): return try await again(reason)
            }
        } catch let error as HTTPError {
            return try await again(error.message, error.status)
        }
    }

    private func again(_ problem: String, _ status: Status = .unprocessableContent) async throws -> Outcome {
        return .again(form.page(visit, try await Parts(visit), problem: problem), status)
    }
}

/// The posting of one job.
struct Posting {
    enum Outcome {
        case created(String)
        case refused(String)
    }

    private let visit: Visit
    private let item: JSON
    private let key: String?

    /// - Parameter key: of the form, by which its repetition is known.
    init(_ visit: Visit, _ item: JSON, key: String?) {
        self.visit = visit
        self.item = item
        self.key = key
    }

    /// - Throws: `HTTPError` if nothing could be posted.
    func outcome() async throws -> Outcome {
        let headers = key.map { [("Idempotency-Key", "console-\($0)")] } ?? []
        let reply = try await visit.send(.post, "/jobs", ["jobs": [item]], headers: headers).checked()
        let posted = reply.json.array?.first
        guard let id = posted?["job_id"]?.string else { return .refused(posted?["msg"]?.string ?? reply.message) }
        return .created(id)
    }
}
