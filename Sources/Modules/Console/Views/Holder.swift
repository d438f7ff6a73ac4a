import Jobs
import Kernel

/// Who works on a job, where executors take leases (`GET /dispatch/leases`).
struct Holder: Sendable {
    let executor: String
    /// Whether the executor has fallen silent, so that somebody has to say what becomes of the job.
    let isHeld: Bool
    let silentSeconds: Int64

    /// The holders of jobs by the ids of these; none for a stack without leases.
    static func all(_ visit: Visit) async throws -> [ExactText: Holder] {
        guard visit.console.has(.get, "/dispatch/leases") else { return [:] }
        var holders: [ExactText: Holder] = [:]
        for lease in try await visit.get("/dispatch/leases").array ?? [] {
            guard let id = lease["jobId"]?.string, let state = lease["state"]?.string, state != "delayed" else {
                continue
            }
            let silence = if case .integer(let seconds)? = lease["silentSeconds"] { Int64(seconds) } else { Int64(0) }
            holders[ExactText(id)] = Holder(
                executor: lease["executor"]?.string ?? "", isHeld: state == "held", silentSeconds: silence)
        }
        return holders
    }

    var age: String { Age.words(seconds: silentSeconds) }
}

extension [ExactText: Holder] {
    func holder(of job: Job) -> Holder? { job.id.flatMap { self[ExactText($0)] } }
}
