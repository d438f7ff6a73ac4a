import Kernel
import Synchronization

/// Those who wait for a job, in the order in which they came. Whoever hands jobs out takes them from here; a client whose
/// time is over, or that has gone, leaves the line unless it is being served just then.
final class ClaimLine: Sendable {
    enum Outcome: Sendable {
        case granted(Grant)
        case nothing(isPaused: Bool)
    }

    struct Ticket: Sendable {
        let number: Int
        let claim: Claim
        let since: ContinuousClock.Instant
        let end: ContinuousClock.Instant
        fileprivate(set) var wasLookedAt = false
        fileprivate var isTaken = false
        fileprivate let continuation: CheckedContinuation<Outcome, any Error>
    }

    private struct State {
        var tickets: [Ticket] = []
        var last = 0
        var isPaused = false
        var isEnding = false
    }

    private let state = Mutex(State())
    private let limit: Int
    /// Told of whatever may let somebody be served: a claim, a job, the end of a pause.
    let news = ChangeSignal()
    /// Told of every look for those who wait.
    let looks = ChangeSignal()

    /// - Parameter limit: how many may wait.
    init(limit: Int) {
        self.limit = limit
    }

    /// How many were looked for, and found nothing.
    var count: Int { state.withLock { $0.tickets.count(where: \.wasLookedAt) } }
    var isEnding: Bool { state.withLock { $0.isEnding } }
    /// When the next one of those that were looked at has waited long enough.
    var nextEnd: ContinuousClock.Instant? {
        state.withLock { $0.tickets.filter { $0.wasLookedAt && !$0.isTaken }.map(\.end).min() }
    }

    /// Waits in the line until served.
    /// - Throws: `HTTPError` 503 if it is too long, or if the service stops before anybody has looked for the claim, which
    ///   may have been granted already; what has kept the claim from being served.
    func join(_ claim: Claim) async throws -> Outcome {
        let now = ContinuousClock.now
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refusal = state.withLock { state -> Result<Outcome, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.isEnding { return .failure(HTTPError.claimsEnd) }
                    // One that does not wait is answered by the next look.
                    let waiting = state.tickets.count { $0.claim.wait > .zero }
                    if claim.wait > .zero, waiting >= limit { return .failure(HTTPError.tooManyClaims(limit)) }
                    state.tickets.append(
                        Ticket(
                            number: number, claim: claim, since: now, end: now + claim.wait, continuation: continuation)
                    )
                    return nil
                }
                if let refusal { continuation.resume(with: refusal) } else { news.notify() }
            }
        } onCancel: {
            leave(number)
        }
    }

    private func leave(_ number: Int) {
        let ticket = state.withLock { state in
            state.tickets.firstIndex { $0.number == number && !$0.isTaken }.map { state.tickets.remove(at: $0) }
        }
        ticket?.continuation.resume(throwing: CancellationError())
    }

    /// Those who wait, the first one first.
    var tickets: [Ticket] { state.withLock { $0.tickets } }

    /// Notes that there was nothing for those who waited then.
    func didLook(_ numbers: Set<Int>, isPaused: Bool) {
        state.withLock { state in
            state.isPaused = isPaused
            for index in state.tickets.indices where numbers.contains(state.tickets[index].number) {
                state.tickets[index].wasLookedAt = true
            }
        }
        expire()
        looks.notify()
    }

    /// Lets those go who have waited long enough.
    func expire(at now: ContinuousClock.Instant = .now) {
        remove { !$0.isTaken && $0.wasLookedAt && $0.end <= now }
    }

    /// Lets all go who are not being served, now and from now on: the service stops.
    func endWaiting() {
        state.withLock { $0.isEnding = true }
        remove { !$0.isTaken }
        news.notify()
    }

    /// Lets some go: those with nothing who were looked for, and the others to come again.
    private func remove(_ isOver: (Ticket) -> Bool) {
        let (over, isPaused) = state.withLock { state in
            let over = state.tickets.filter(isOver)
            if !over.isEmpty { state.tickets.removeAll(where: isOver) }
            return (over, state.isPaused)
        }
        for ticket in over {
            if ticket.wasLookedAt {
                ticket.continuation.resume(returning: .nothing(isPaused: isPaused))
            } else {
                ticket.continuation.resume(throwing: HTTPError.claimsEnd)
            }
        }
    }

    /// Lets those go who have not been looked at, with what has kept somebody from looking.
    func fail(with error: any Error) {
        let failed = state.withLock { state in
            let failed = state.tickets.filter { !$0.isTaken && !$0.wasLookedAt }
            if !failed.isEmpty { state.tickets.removeAll { !$0.isTaken && !$0.wasLookedAt } }
            return failed
        }
        for ticket in failed { ticket.continuation.resume(throwing: error) }
    }

    /// Takes all who wait, in their order; nobody leaves until it is their turn.
    func takeAll() -> [Ticket] {
        state.withLock { state in
            for index in state.tickets.indices { state.tickets[index].isTaken = true }
            return state.tickets
        }
    }

    /// Gives those their outcomes who were taken; who has none goes on waiting where they were.
    /// - Parameter looked: for whom there was a look.
    func serve(_ outcomes: [Int: Result<Outcome, any Error>], looked: Set<Int> = []) {
        let served = state.withLock { state in
            let served = state.tickets.filter { outcomes[$0.number] != nil }
            if !served.isEmpty { state.tickets.removeAll { outcomes[$0.number] != nil } }
            for index in state.tickets.indices where state.tickets[index].isTaken {
                state.tickets[index].isTaken = false
                if looked.contains(state.tickets[index].number) { state.tickets[index].wasLookedAt = true }
            }
            return served
        }
        for ticket in served {
            if let outcome = outcomes[ticket.number] { ticket.continuation.resume(with: outcome) }
        }
        expire()
        looks.notify()
        if isEnding { remove { !$0.isTaken } }
    }
}
