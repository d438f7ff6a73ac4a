import Glibc

/// A thread that executes tasks: for work of milliseconds and more, which would hold up an event loop's connections.
/// It yields the processor to the event loops where there is not enough for all.
final class ThreadExecutor: TaskExecutor {
    /// For requests with large bodies; one at a time, so that the memory of only one of them is in use.
    static let largeBodies = ThreadExecutor("large bodies")

    /// For the reading of long lists, and of what was put aside of them.
    static let longLists = ThreadExecutor("long lists")

    /// For coding bodies that are long.
    static let compression = ThreadExecutor("compression")

    /// Those that a service has, which it starts with: what needs them later would find no thread, with nobody to tell.
    static let all = [largeBodies, longLists, metrics, readings, compression]

    private struct State {
        var jobs: [UnownedJob] = []
        var isStarted = false
    }

    private let name: String
    private let state = Monitor(State())

    init(_ name: String) {
        self.name = name
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.update { $0.jobs.append(job) }
        do throws(BootIssue) {
            try start()
        } catch {
            // No thread to be had: what waits is done here and now, and the next one tries again.
            let jobs = state.update { state in
                defer { state = State() }
                return state.jobs
            }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Starts the thread, unless it runs. It does for as long as the process: a thread that waits costs nothing.
    func start() throws(BootIssue) {
        let isFirst = state.update { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return }
        do throws(BootIssue) {
            try OwnThread.start(name) {
                // Of the calling thread, on Linux (setpriority(2)).
                setpriority(Int32(PRIO_PROCESS.rawValue), 0, 5)
                while true { self.next().runSynchronously(on: self.asUnownedTaskExecutor()) }
            }
        } catch {
            state.update { $0.isStarted = false }
            throw error
        }
    }

    private func next() -> UnownedJob {
        state.wait { state in state.jobs.isEmpty ? .until(nil) : .done(state.jobs.removeFirst()) }
    }
}
