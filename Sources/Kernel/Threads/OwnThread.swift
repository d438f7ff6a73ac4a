import Glibc

/// Threads for calls that block: event loops and Swift's cooperative pool must not.
public enum OwnThread {
    /// For tests: whether the system is to have no thread of this name.
    @TaskLocal static var isRefused: @Sendable (String) -> Bool = { _ in false }

    /// Starts a detached thread that takes no signals; they are for the thread that waits for them (pthread_create).
    /// - Parameters:
    ///   - name: what `top -H` and core dumps show, at most 15 bytes of it.
    ///   - body: what it does; the thread ends with it.
    /// - Throws: `BootIssue` if the system has no thread to give.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(BootIssue) {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let argument = Unmanaged.passRetained(
            Body {
                ThreadName.set(name)
                body()
            })
        var thread = pthread_t()
        let code =
            isRefused(name)
            ? EAGAIN
            : pthread_create(
                &thread, nil,
                { argument in
                    if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                    return nil
                }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw BootIssue(
                .environment, "cannot start the thread '\(name)': \(String(cString: strerror(code)))",
                remedy: code == EAGAIN
                    ? "raise the limit of threads (ulimit -u, TasksMax of the unit, pids of the container)" : nil)
        }
        pthread_detach(thread)
    }

    /// Runs `body` on a thread of its own, for a task that waits for it.
    /// - Throws: what it throws, and `BootIssue` as `start` does.
    public static func result<R: Sendable>(
        _ name: String, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do throws(BootIssue) {
                try start(name) { continuation.resume(with: Result(catching: body)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
