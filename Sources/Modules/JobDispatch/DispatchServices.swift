import Jobs
import Kernel

/// Serves those who wait for jobs: whenever there is news, and once a second where others write to the store.
struct ClaimService: LongRunningService {
    let name = "dispatch"
    let register: DispatchRegister
    let line: ClaimLine
    let metrics: DispatchMetrics

    /// How often a shared store is looked at while anybody waits, and how long a store is left alone that has failed.
    private static let pause = Duration.seconds(1)
    func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await serve() }
            group.addTask { try await expire() }
            try await group.next()
            group.cancelAll()
        }
    }

    private func serve() async throws {
        while true {
            let seen = line.news.count
            let rest = try await turn()
            guard !line.tickets.isEmpty else {
                _ = try await line.news.wait(after: seen)
                continue
            }
            let most = register.store.isShared ? Self.pause : .seconds(60)
            _ = try await line.news.wait(after: seen, atMost: min(rest ?? most, most))
        }
    }

    /// Serves all that can be served now.
    /// - Returns: when to look again, even if there is no news.
    func turn() async throws -> Duration? {
        while true {
            let tickets = line.tickets
            guard !tickets.isEmpty else { return nil }
            var taken: [ClaimLine.Ticket] = []
            do {
                let look = try await register.look(for: tickets)
                guard look.isWanted else {
                    line.didLook(Set(tickets.map(\.number)), isPaused: look.isPaused)
                    return look.nextDelay
                }
                taken = line.takeAll()
                let (outcomes, looked) = try await register.grant(to: taken)
                metrics.count(outcomes, of: taken)
                line.serve(outcomes, looked: looked)
                // What was queued is gone, or is not to be handed out yet: look at what is there then.
                guard !outcomes.isEmpty else { return Self.pause }
            } catch {
                let failed = taken.map { ($0.number, Result<ClaimLine.Outcome, any Error>.failure(error)) }
                line.serve(Dictionary(failed) { $1 })
                line.fail(with: error)
                try Task.checkCancellation()
                return Self.pause
            }
        }
    }
}

extension ClaimService {
    /// Lets those go in time who have waited long enough, whatever the store does.
    private func expire() async throws {
        while true {
            let seen = line.looks.count
            line.expire()
            if let end = line.nextEnd {
                _ = try await line.looks.wait(after: seen, atMost: max(end - .now, .zero))
            } else {
                _ = try await line.looks.wait(after: seen)
            }
        }
    }
}

/// Finds leases whose holders are silent, and those whose jobs others have changed.
struct Sweep: LongRunningService {
    let name = "sweep of leases"
    let register: DispatchRegister
    let metrics: DispatchMetrics
    let log: Logger

    /// How often it looks: some times within a silence.
    static func pause(_ terms: LeaseTerms) -> Duration {
        min(max(terms.silence / 8, .milliseconds(100)), .seconds(5))
    }

    /// A longer time without a look makes it observe anew: it could not have heard of anybody meanwhile.
    static func blindness(_ terms: LeaseTerms) -> Duration { pause(terms) * 3 + .milliseconds(500) }

    func run() async throws {
        var problem: String?
        while true {
            do {
                try await look(at: .now)
                if problem != nil { log.info("leases are looked after again") }
                problem = nil
            } catch {
                try Task.checkCancellation()
                if problem != error.words { log.warning("leases cannot be looked after: \(error.words)") }
                problem = error.words
            }
            try await Task.sleep(for: Self.pause(register.terms))
        }
    }

    /// - Parameter now: by a clock that nobody sets.
    func look(at now: ContinuousClock.Instant) async throws {
        let survey = try await register.survey()
        register.clock.note(survey.leases, at: now)
        let strays = Set(survey.strays.map(\.fence))
        for stray in survey.strays { try await register.mend(stray) }
        for lease in survey.leases where lease.state == .live && !strays.contains(lease.fence) {
            guard register.clock.age(of: lease, at: now) >= register.terms.silence else { continue }
            guard let outcome = try await register.lose(lease) else { continue }
            metrics.lost.add()
            let what =
                outcome == .held
                ? "it is held until somebody says what becomes of it (leases resolve)" : "it is queued again"
            log.warning(
                "nothing was heard of \(lease.executor.excerpt), which has job \(lease.job.excerpt), for "
                    + "\(register.terms.silence): \(what)")
        }
    }
}
