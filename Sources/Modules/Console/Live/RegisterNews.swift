import ImportableDatasets
import Jobs
import Kernel
import Maintenance
import Synchronization

/// What has changed here, for pages that look again: told after each commit, and to nobody if nobody follows.
final class RegisterNews: JobObserver, MaintenanceObserver, DatasetObserver {
    private struct State {
        /// The names of the last jobs that have changed, the newest last; each with the number of its change.
        var changes: [(number: Int, name: String)] = []
        var number = 0
        var followers = 0
    }

    private static let mostChanges = 256

    private let state = Mutex(State())
    let signal = ChangeSignal()

    func jobsDidChange(_ jobs: [JSON], by principal: Principal, in transaction: any WriteTransaction) {
        guard hasFollowers else { return }
        let names = jobs.compactMap { Job($0).id }
        transaction.afterCommit { [self] in tell(names) }
    }

    func maintenanceDidChange(
        _ status: JSON, by principal: Principal, _ requestID: RequestID, in transaction: any WriteTransaction
    ) {
        guard hasFollowers else { return }
        transaction.afterCommit { [self] in tell(["maintenance"]) }
    }

    func datasetWasDeleted(_ name: String, by request: Request) async { tell(["datasets"]) }

    private var hasFollowers: Bool { state.withLock { $0.followers > 0 } }

    private func tell(_ names: [String]) {
        state.withLock { state in
            for name in names.suffix(Self.mostChanges) {
                state.number += 1
                state.changes.append((state.number, name))
            }
            state.changes.removeFirst(max(0, state.changes.count - Self.mostChanges))
        }
        signal.notify()
    }

    /// What has changed behind a number, and the number that is next; nil for more than is known.
    func changes(after number: Int) -> (names: [String]?, number: Int) {
        state.withLock { state in
            guard let first = state.changes.first, number < state.number else { return ([], state.number) }
            guard first.number <= number + 1 else { return (nil, state.number) }
            return (state.changes.drop { $0.number <= number }.map(\.name), state.number)
        }
    }

    /// - Returns: what keeps a follower's place for as long as it is there; nil if there are so many already.
    func join(atMost limit: Int) -> Follower? {
        let isIn = state.withLock { state in
            guard state.followers < limit else { return false }
            state.followers += 1
            return true
        }
        return isIn ? Follower(news: self) : nil
    }

    final class Follower: Sendable {
        private let news: RegisterNews

        fileprivate init(news: RegisterNews) {
            self.news = news
        }

        deinit { news.state.withLock { $0.followers -= 1 } }
    }
}
