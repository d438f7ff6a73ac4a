import Glibc
import Kernel

extension OwnThread {
    /// Runs a call that may block on a thread of its own, so that the caller can give up on it.
    static func run<R: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try start(name) { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Blocks the calling thread.
    static func pause(_ span: Duration) {
        usleep(UInt32(clamping: span.milliseconds * 1000))
    }
}
