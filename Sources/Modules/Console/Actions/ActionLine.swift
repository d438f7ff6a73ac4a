import Kernel

/// The line of the log that says who has sent which form, and what became of it. The routes that the action goes through
/// have no line of their own, since no client has asked them.
struct ActionLine {
    private let what: String
    private let log: Logger
    private let principal: Principal?

    init(_ summary: String, _ visit: Visit, _ permissions: Permissions) {
        what = "\(summary) (\(visit.request.path.excerpt))"
        log = visit.console.log.with(visit.request)
        principal = permissions.principal
    }

    func write(_ outcome: Outcome) {
        switch outcome {
        case .done(_, _, let known): log.info("\(what): done, says \((known ?? principal)?.description ?? "nobody")")
        case .again(let page): write(page.status)
        }
    }

    /// - Parameter status: of what was refused.
    func write(_ status: Status) {
        log.warning("\(what): refused with \(status.code), says \(principal?.description ?? "nobody")")
    }
}
