import CLinux
import Dispatch
import Glibc
import Kernel
import Synchronization

/// A thread of its own for calls that block: the file system may be slow, and a network's may hang, which must hold
/// up neither an event loop nor the threads that Swift's tasks share. What it is given runs in order, one at a time.
final class WorkerThread: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isRunning = false
        var isClosed = false
        var closer: Reply<Void>?
    }

    /// Pieces of work that may wait.
    private static let limit = 1024

    private let name: String
    private let state = Mutex(State())
    /// Counts the pieces of work, and one more for the end.
    private let available = DispatchSemaphore(value: 0)

    /// - Parameter name: for ps(1) and the log, at most 15 bytes.
    init(_ name: String) {
        self.name = name
    }

    /// - Throws: `BootIssue` if the system refuses another thread (pthread_create).
    func start() throws {
        state.withLock { $0.isRunning = true }
        do {
            try startThread { self.run() }
        } catch {
            state.withLock { $0.isRunning = false }
            throw error
        }
    }

    /// Turns new work away, lets what waits be done, and waits for the thread to end.
    func stop() async {
        let reply = Reply<Void>()
        try? await reply.value {
            let hasEnded = state.withLock { state in
                state.isClosed = true
                if state.isRunning { state.closer = reply }
                return !state.isRunning
            }
            if hasEnded { reply.settle(.success(())) } else { available.signal() }
        }
    }

    /// Puts `work` behind what waits already.
    /// - Returns: false if nothing is taken: stopped, not started, or too much waits.
    func add(_ work: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard state.isRunning, !state.isClosed, state.work.count < Self.limit else { return false }
            state.work.append(work)
            return true
        }
        if isTaken { available.signal() }
        return isTaken
    }

    /// Runs `body` on the thread. If the caller is cancelled before its turn comes, it is not run.
    /// - Throws: what `body` throws, `CancellationError`, or `WorkerThread.Unavailable`.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        let reply = Reply<R>()
        return try await reply.value {
            let isTaken = add { if !reply.isSettled { reply.settle(Result(catching: body)) } }
            if !isTaken { reply.settle(.failure(Unavailable())) }
        }
    }

    /// The thread takes no work now.
    struct Unavailable: Error {}

    private func run() {
        clinux_name_thread(name)
        while true {
            available.wait()
            guard let work = state.withLock({ $0.work.isEmpty ? nil : $0.work.removeFirst() }) else { break }
            work()
        }
        let closer = state.withLock { state in
            state.isRunning = false
            return state.closer
        }
        closer?.settle(.success(()))
    }
}

/// Starts a detached thread that takes no signals; they are for the threads that expect them.
private func startThread(_ body: @escaping @Sendable () -> Void) throws {
    final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let start = Unmanaged.passRetained(Start(body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { start in
            if let start { Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body() }
            return nil
        }, start.toOpaque())
    guard code == 0 else {
        start.release()
        throw BootIssue(.environment, "cannot start a thread for files: \(String(cString: strerror(code)))")
    }
    pthread_detach(thread)
}
