import Kernel

/// `POST /jobs`: an item that is wrong, or whose target is taken, fails alone; the others are created.
struct PostJobs: Sendable {
    let register: JobRegister
    let form: JobForm
    let isBumpEnabled: Reloadable<Bool>
    let keys: IdempotencyKeys

    /// What has become of one item of the request.
    private enum Outcome: Sendable {
        case accepted(NewJob)
        case refused(String)
    }

    /// Who posts, without whom the body is not looked at.
    static let user = Input.request { request in
        guard let user = request.user else {
            throw HTTPError(.unauthorized, code: "jobs.no-user", message: "Unauthorized. No user is known")
        }
        return user
    }

    var items: Input<[JSON]> { .body(JobSchemas.newJobsEnvelope, described: JobSchemas.newJobs(form.newJob)) }

    /// - Parameter part: the part of the register that the path names, if it does.
    func respond(
        to request: Request, _ user: User, _ items: [JSON], in part: String? = nil
    ) async throws -> Response {
        let use = try IdempotencyKeys.Use(request, by: user, in: part)
        guard use == nil || items.count <= JobRegister.jobsInTransaction else { throw HTTPError.tooManyJobsForKey }
        let now = Timestamp.now
        let outcomes = items.map { outcome(of: $0, in: part, user, now) }
        let accepted = outcomes.compactMap { if case .accepted(let job) = $0 { job } else { nil } }
        guard let use else {
            let creations = accepted.isEmpty ? [] : try await register.create(accepted, by: JobAuthor(request))
            return Response(body: .bytes(Self.reply(outcomes, creations)))
        }
        let (reply, isRepeated) = try await keys.withUse(use) {
            try await register.createOnce(accepted, by: JobAuthor(request), use, among: keys) {
                Self.reply(outcomes, $0)
            }
        }
        let headers = Headers(isRepeated ? [("Idempotency-Replayed", "true")] : [])
        return Response(headers: headers, body: .bytes(reply))
    }

    /// - Parameter creations: what has become of the jobs of those items that were accepted.
    private static func reply(_ outcomes: [Outcome], _ creations: [JobRegister.Creation]) -> [UInt8] {
        var creations = creations[...]
        let reply = outcomes.map { outcome -> PostedJob in
            switch outcome {
            case .refused(let reason): return .failed(reason)
            case .accepted(let job):
                switch creations.popFirst() {
                case .created: return .created(job.id)
                case .targetTaken: return .failed("Job with target \(job.target) already in progress")
                case .failed, nil: return .failed("The storage could not take the job; try again")
                }
            }
        }
        return (PostedJob.list.json(of: reply) ?? []).bytes
    }

    private func outcome(of item: JSON, in part: String?, _ user: User, _ now: Timestamp) -> Outcome {
        do throws(NewJob.Refusal) {
            let job = try NewJob(item, by: user, at: now, as: form, in: part)
            if job.operation == .bump, !isBumpEnabled(in: job.part) {
                return .refused("Bumping the datastore is disabled")
            }
            return .accepted(job)
        } catch {
            return .refused(error.reason)
        }
    }

    private func isBumpEnabled(in part: String?) -> Bool {
        form.partition?.isBumpEnabled(in: part) ?? isBumpEnabled.value
    }
}
