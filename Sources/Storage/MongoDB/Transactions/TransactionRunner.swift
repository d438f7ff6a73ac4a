import Glibc
import Kernel

/// Runs the closures of reads and writes as transactions of the server, again where that is right.
struct TransactionRunner: Sendable {
    let database: String
    let layouts: [CollectionLayout]
    let lane = EntryLane()
    /// Whether the server has transactions; a standalone one has none.
    let hasTransactions: Bool

    /// A repetition is not begun when less than this is left of the caller's time.
    private static let margin = Duration.milliseconds(200)

    func read<R: Sendable>(
        _ body: @Sendable (any ReadTransaction) throws -> R, _ client: Client, _ deadline: ContinuousClock.Instant, _ answer: Answer<R>
    ) {
        var attempt = 0
        while true {
            attempt += 1
            let session: Session
            do throws(MongoDBError) {
                session = try client.startSession()
                try session.begin()
            } catch {
                answer.settle(.failure(error.storeError))
                return
            }
            let transaction = Transaction(on: client, in: session, database: database, layouts: layouts)
            let result = Result { try body(transaction) }
            if let failure = transaction.failure, mayRepeat(failure, attempt, deadline, answer) {
                session.abort()
                continue
            }
            answer.settle(transaction.outcome(result))
            // Nobody waits for the end of a transaction that has changed nothing.
            session.abort()
            return
        }
    }

    func write<R: Sendable>(
        _ body: @Sendable (any WriteTransaction) throws -> R, _ client: Client, _ deadline: ContinuousClock.Instant, _ answer: Answer<R>
    ) {
        var attempt = 0
        var checksFirst = false
        var isInLane = false
        defer { if isInLane { lane.leave() } }
        while true {
            attempt += 1
            let session: Session
            do throws(MongoDBError) {
                session = try client.startSession()
                try session.begin()
            } catch {
                answer.settle(.failure(error.storeError))
                return
            }
            let transaction = Transaction(
                on: client, in: session, database: database, layouts: layouts, checksFirst: checksFirst, lane: lane,
                isInLane: isInLane)
            let result = Result { try body(transaction) }
            isInLane = transaction.isInLane
            var failure = transaction.failure
            if failure == nil, case .success = result { failure = commit(session, deadline, answer) }
            guard let failure else {
                answer.settle(result)
                session.abort()
                return
            }
            guard mayRepeat(failure, attempt, deadline, answer) else {
                answer.settle(failure.isUnknownCommit ? .failure(failure.storeError) : transaction.outcome(result))
                session.abort()
                return
            }
            session.abort()
            if failure.isDuplicateKey { checksFirst = true }
            if !isInLane { isInLane = lane.enter(by: deadline) }
            if failure.isConflict { pause(attempt) }
        }
    }

    /// Commits, again as long as it is not known whether that has happened: the server commits a transaction once.
    /// - Returns: what went wrong, or nil.
    private func commit(_ session: Session, _ deadline: ContinuousClock.Instant, _ answer: some Settleable) -> MongoDBError? {
        var attempt = 0
        while true {
            attempt += 1
            do throws(MongoDBError) {
                try session.commit()
                return nil
            } catch {
                guard error.isUnknownCommit, !answer.isSettled, .now + Self.margin < deadline else { return error }
                pause(attempt)
            }
        }
    }

    /// Whether a transaction that failed is run again: it has had no effect, and time is left.
    private func mayRepeat(
        _ failure: MongoDBError, _ attempt: Int, _ deadline: ContinuousClock.Instant, _ answer: some Settleable
    ) -> Bool {
        guard !answer.isSettled, .now + Self.margin < deadline, !failure.isUnknownCommit else { return false }
        if failure.isServerGone { return false }
        if failure.isDuplicateKey { return true }
        return failure.isTransient || failure.isStateChange || (failure.isNetworkFailure && attempt < 3)
    }

    /// Waits a moment that grows with the attempts and differs between those who conflicted.
    private func pause(_ attempt: Int) {
        let most = min(1 << min(attempt, 6), 50)
        usleep(UInt32(Int.random(in: 1...most) * 1000))
    }
}

/// An answer, whatever it is an answer to.
protocol Settleable {
    var isSettled: Bool { get }
}

extension Answer: Settleable {}

extension Transaction {
    /// What the caller is told: the closure's own outcome, unless it took no notice of a failure.
    func outcome<R>(_ result: Result<R, any Error>) -> Result<R, any Error> {
        if case .success = result, let failure { return .failure(failure.storeError) }
        return result
    }
}
