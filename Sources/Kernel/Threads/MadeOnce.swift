import Synchronization

/// A value that takes a while to make and that perhaps nobody asks for: it is made when somebody does, on a thread of its
/// own, and kept.
final class MadeOnce<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    private let make: @Sendable () -> Value

    init(_ make: @escaping @Sendable () -> Value) {
        self.make = make
    }

    /// nil as long as it is not made.
    var present: Value? { made.withLock { $0 } }

    func value() async -> Value {
        if let present { return present }
        return await withTaskExecutorPreference(ThreadExecutor.longLists) {
            // Whoever comes meanwhile waits for the same one.
            made.withLock { made in
                let value = made ?? make()
                made = value
                return value
            }
        }
    }
}
