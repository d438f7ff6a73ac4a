import Kernel

/// Runs the closures of reads and writes as transactions of the server, again where that is right.
struct TransactionRunner: Sendable {
    let database: String
    let layouts: [CollectionLayout]
    let lane = EntryLane()
    let afterCommit = AfterCommit()
    let sequences = SequenceMemory()
    /// Whether a write on a standalone server may have been left unfinished.
    let unfinished = Flag()
    /// Whether the server has transactions; a standalone one has none.
    let hasTransactions: Bool
    /// Whether reads go without transactions, each by the time that it sees.
    let readsSnapshots: Bool
    let log: Logger
    /// For tests: called before each step of a write on a standalone server.
    var onStep: @Sendable () throws -> Void = {}

    /// A repetition is not begun when less than this is left of the caller's time.
    private static let margin = Duration.milliseconds(200)

    func read<R: Sendable>(
        _ body: @Sendable (any ReadTransaction) throws -> R, _ client: Client, _ deadline: ContinuousClock.Instant,
        _ answer: Answer<R>, at time: ReadTime = .now
    ) {
        var attempt = 0
        var session: Session?
        while true {
            attempt += 1
            let result: Result<R, any Error>
            let failure: MongoDBError?
            do throws(MongoDBError) {
                let current = try beginRead(in: &session, of: client)
                let transaction = Transaction(
                    on: client, in: current, database: database, layouts: layouts,
                    at: readsSnapshots ? time : .ofTransaction)
                let outcome = transaction.outcome(Result { try body(transaction) })
                failure = transaction.failure ?? commitRead(current, outcome)
                // The closure's own error says more, if it has thrown one.
                if case .success = outcome, let failure {
                    result = .failure(failure.storeError)
                } else {
                    result = outcome
                }
            } catch {
                result = .failure(error.storeError)
                failure = error
            }
            guard let failure, mayRepeat(failure, deadline, answer),
                recover(from: failure, session, client, attempt, deadline, answer)
            else {
                answer.settle(result)
                session?.abort()
                return
            }
        }
    }

    private func beginRead(in session: inout Session?, of client: Client) throws(MongoDBError) -> Session {
        guard readsSnapshots else { return try begin(in: &session, of: client) }
        let current = if let session { session } else { try client.startSession(isNoted: false) }
        session = current
        return current
    }

    /// What a transaction has read is only known to stay when it is committed.
    private func commitRead<R>(_ session: Session, _ result: Result<R, any Error>) -> MongoDBError? {
        guard session.isInTransaction, case .success = result else { return nil }
        do throws(MongoDBError) {
            try session.commit()
            return nil
        } catch {
            return error
        }
    }

    func write<R: Sendable>(
        _ body: @Sendable (any WriteTransaction) throws -> R, _ client: Client, _ deadline: ContinuousClock.Instant,
        _ answer: Answer<R>
    ) {
        guard hasTransactions else { return writeInSteps(body, client, deadline, answer) }
        var attempt = 0
        var checksFirst = false
        var isInLane = false
        var session: Session?
        defer { if isInLane { lane.leave() } }
        while true {
            attempt += 1
            let result: Result<R, any Error>
            let outcome: Outcome
            do throws(MongoDBError) {
                let current = try begin(in: &session, of: client)
                let transaction = Transaction(
                    on: client, in: current, database: database, layouts: layouts, checksFirst: checksFirst,
                    lane: lane, isInLane: isInLane, sequences: sequences, by: deadline)
                result = Result { try body(transaction) }
                isInLane = transaction.isInLane
                outcome = end(transaction, result, current, client, deadline, answer)
                if case .failed = outcome { transaction.didFail() }
                // Before anybody else comes into the lane, so that it keeps the order of the commits.
                if case .done = outcome, case .success = result { afterCommit.add(transaction.hooks) }
            } catch {
                result = .failure(error.storeError)
                outcome = .failed(error)
            }
            guard case .failed(let failure) = outcome, mayRepeat(failure, deadline, answer),
                recover(from: failure, session, client, attempt, deadline, answer)
            else {
                answer.settle(outcome.answer(result))
                session?.abort()
                return
            }
            if failure.isDuplicateKey { checksFirst = true }
            if !isInLane { isInLane = lane.enter(by: deadline) }
            guard isInLane else {
                answer.settle(outcome.answer(result))
                return
            }
        }
    }

    /// Begins a run of a transaction. All runs are in one session: what a run that was cut off has left open on the
    /// server ends there when the next one begins.
    private func begin(in session: inout Session?, of client: Client) throws(MongoDBError) -> Session {
        let current = if let session { session } else { try client.startSession() }
        session = current
        if hasTransactions { try current.begin() }
        return current
    }

    /// After a run that has failed: waits until it makes sense to try again.
    /// - Returns: whether somebody still waits for it. What is refused must not happen later.
    private func recover(
        from failure: MongoDBError, _ session: Session?, _ client: Client, _ attempt: Int,
        _ deadline: ContinuousClock.Instant, _ answer: some Settleable
    ) -> Bool {
        // First, so that the end of the open transaction is told to somebody who is there.
        if failure.isNetworkFailure || failure.isStateChange { client.awaitPrimary(until: deadline) }
        session?.abort()
        if failure.isConflict {
            pause(attempt, atMost: .milliseconds(50))
        } else if !failure.isDuplicateKey, attempt > 1 {
            pause(attempt, atMost: .milliseconds(500))
        }
        return !answer.isSettled && .now < deadline
    }

    /// How a run of a transaction has ended.
    private enum Outcome {
        /// It is committed, or its closure did not want it to be.
        case done
        /// It has had no effect.
        case failed(MongoDBError)
        /// Whether it has had an effect is not known.
        case unknown(MongoDBError)

        /// What the caller is told.
        func answer<R>(_ result: Result<R, any Error>) -> Result<R, any Error> {
            switch self {
            case .done: return result
            case .unknown(let error): return .failure(error.storeError)
            case .failed(let error):
                // The closure's own error says more, if it has thrown one.
                if case .failure = result { return result }
                return .failure(error.storeError)
            }
        }
    }

    private func end<R>(
        _ transaction: Transaction, _ result: Result<R, any Error>, _ session: Session, _ client: Client,
        _ deadline: ContinuousClock.Instant, _ answer: Answer<R>
    ) -> Outcome {
        if transaction.failure == nil, case .success = result { try? transaction.moveSequences() }
        if let failure = transaction.failure { return .failed(failure) }
        guard case .success = result, transaction.isOpen else { return .done }
        var attempt = 0
        while true {
            attempt += 1
            do throws(MongoDBError) {
                try session.commit()
                transaction.didCommit()
                return .done
            } catch {
                transaction.didFail()
                if error.isTransient, !error.isUnknownCommit, !error.isWriteConcernError { return .failed(error) }
                // The server commits a transaction once, however often it is told to.
                let mayHelp =
                    error.isUnknownCommit || error.isWriteConcernError || error.isNetworkFailure
                    || error.isStateChange
                guard mayHelp, !answer.isSettled, .now + Self.margin < deadline else { return .unknown(error) }
                client.awaitPrimary(until: deadline)
                pause(attempt, atMost: .milliseconds(500))
                if answer.isSettled { return .unknown(error) }
            }
        }
    }

    /// Whether a transaction that failed is run again: it has had no effect, and time is left.
    private func mayRepeat(
        _ failure: MongoDBError, _ deadline: ContinuousClock.Instant, _ answer: some Settleable
    ) -> Bool {
        guard !answer.isSettled, .now + Self.margin < deadline else { return false }
        return failure.isDuplicateKey || failure.isTransient || failure.isStateChange || failure.isNetworkFailure
    }

    /// Waits a moment that grows with the attempts and differs between those who conflicted.
    private func pause(_ attempt: Int, atMost limit: Duration) {
        let most = min(1 << Int64(min(attempt, 9)), limit.milliseconds)
        OwnThread.pause(.milliseconds(Int64.random(in: 1...most)))
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
