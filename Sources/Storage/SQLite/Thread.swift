import Glibc
import Kernel

/// Starts a detached thread that takes no signals; they are for the threads that expect them (pthread_create).
func startThread(_ body: @escaping @Sendable () -> Void) throws {
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
        throw BootIssue(.environment, "cannot start a thread for the database: \(String(cString: strerror(code)))")
    }
    pthread_detach(thread)
}

/// Runs a call that may block on a thread of its own, so that the caller can give up on it.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        do {
            try startThread { continuation.resume(with: Result { try body() }) }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
