import Glibc
import Kernel

/// Runs the closures of reads and writes as transactions of the server, again where that is right.
struct TransactionRunner: Sendable {
    let database: String
    let layouts: [CollectionLayout]
    let lane = EntryLane()
    let sequences = SequenceMemory()
    /// Whether a write on a standalone server may have been left unfinished.
    let unfinished = Flag()
    /// Whether the server has transactions; a standalone one has none.
    let hasTransactions: Bool
    let log: Logger
    /// For tests: called before each step of a write on a standalone server.
    var onStep: @Sendable () throws -> Void = {}

    /// A repetition is not begun when less than this is left of the caller's time.
    private static let margin = Duration.milliseconds(200)

    func read<R: Sendable>(
        _ body: @Sendable (any ReadTransaction) throws -> R, _ client: Client, _ deadline: ContinuousClock.Instant,
        _ answer: Answer<R>
    ) {
        var attempt = 0
        while true {
            attempt += 1
            let session: Session
            do throws(MongoDBError) {
                session = try client.startSession()
                if hasTransactions { try session.begin() }
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
        _ body: @Sendable (any WriteTransaction) throws -> R, _ client: Client, _ deadline: ContinuousClock.Instant,
        _ answer: Answer<R>
    ) {
        guard hasTransactions else { return writeInSteps(body, client, deadline, answer) }
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
                isInLane: isInLane, sequences: sequences, by: deadline)
            let result = Result { try body(transaction) }
            isInLane = transaction.isInLane
            let outcome = end(transaction, result, session, deadline, answer)
            guard case .failed(let failure) = outcome, mayRepeat(failure, attempt, deadline, answer) else {
                answer.settle(outcome.answer(result))
                session.abort()
                return
            }
            session.abort()
            transaction.didFail()
            if failure.isDuplicateKey { checksFirst = true }
            if !isInLane { isInLane = lane.enter(by: deadline) }
            if failure.isConflict { pause(attempt) }
        }
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
        _ transaction: Transaction, _ result: Result<R, any Error>, _ session: Session,
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
                pause(attempt)
            }
        }
    }

    /// Whether a transaction that failed is run again: it has had no effect, and time is left.
    private func mayRepeat(
        _ failure: MongoDBError, _ attempt: Int, _ deadline: ContinuousClock.Instant, _ answer: some Settleable
    ) -> Bool {
        guard !answer.isSettled, .now + Self.margin < deadline else { return false }
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
