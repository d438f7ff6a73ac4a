import Kernel

/// What dispatch refuses, each with its code.
extension HTTPError {
    static func leaseLost(_ id: String) -> HTTPError {
        HTTPError(
            .conflict, code: "dispatch.lease-lost",
            message: "This token holds no lease of job \(id.excerpt) any more: end the work on it, and write nothing")
    }

    static func leased(_ lease: Lease) -> HTTPError {
        let remedy =
            lease.state == .held
            ? "it is held, and POST /dispatch/resolutions says what becomes of it"
            : "its updates carry the token of the lease in X-Lease-Token"
        return HTTPError(
            .conflict, code: "dispatch.leased",
            message: "Job \(lease.job.excerpt) was handed out to \(lease.executor.excerpt): \(remedy)")
    }

    static func tooManyClaims(_ limit: Int) -> HTTPError {
        HTTPError(
            .serviceUnavailable, code: "dispatch.too-many-claims",
            message: "\(limit) wait already, which is as many as modules.dispatch.waiting admits; try again",
            retryAfter: 5)
    }

    static func tooManyDelayed(_ limit: Int) -> HTTPError {
        HTTPError(
            .serviceUnavailable, code: "dispatch.too-many-delayed",
            message: "\(limit) jobs are given back for later already; try again, or give it back without delaySeconds",
            retryAfter: 5)
    }

    static let claimsEnd = HTTPError(
        .serviceUnavailable, code: "dispatch.stopping",
        message: "The service stops, and has not looked for this claim; send it again under the same claimId",
        retryAfter: 1)

    static let claimReused = HTTPError(
        .unprocessableContent, code: "dispatch.claim-reused",
        message: "This claimId came with other operations before; take a new one for each claim")

    static func cancelled(_ id: String) -> HTTPError {
        HTTPError(
            .conflict, code: "dispatch.cancelled",
            message:
                "Job \(id.excerpt) is cancelled, and is not queued again: end the work on it, and set it to failed")
    }

    static let claimEnded = HTTPError(
        .conflict, code: "dispatch.claim-ended",
        message: "The lease of this claim is over; take a new claimId for the next one")

    static func notHeld(_ id: String) -> HTTPError {
        HTTPError(
            .conflict, code: "dispatch.not-held",
            message: "Job \(id.excerpt) is not held; GET /dispatch/leases lists those that are")
    }

    static func held(_ id: String) -> HTTPError {
        HTTPError(
            .conflict, code: "dispatch.held",
            message: "Job \(id.excerpt) is held, and nobody listens; POST /dispatch/resolutions says what becomes of it"
        )
    }

    static func untracked(_ id: String) -> HTTPError {
        HTTPError(
            .conflict, code: "dispatch.untracked",
            message: "Job \(id.excerpt) was begun by an executor that takes no leases, which cannot be told to end")
    }

    static func noSuchJob(_ id: String) -> HTTPError {
        HTTPError(.notFound, code: "jobs.not-found", message: "No job in progress has the jobId \(id.excerpt)")
    }
}
