import Dispatch
import Synchronization

/// Lets the main thread of a command wait for something asynchronous.
package enum Blocking {
    package static func run<R: Sendable>(_ operation: @escaping @Sendable () async -> R) -> R? {
        let result = ResultBox<R>()
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            let value = await operation()
            result.value.withLock { $0 = value }
            done.signal()
        }
        done.wait()
        return result.value.withLock { $0 }
    }
}

private final class ResultBox<R: Sendable>: Sendable {
    let value = Mutex<R?>(nil)
}
