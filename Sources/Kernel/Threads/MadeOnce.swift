import Synchronization

/// A value that takes a while to make and that perhaps nobody asks for: it is made when somebody does, on a thread of its
/// own, and kept.
final class MadeOnce<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    /// Held while it is made, by which nobody waits who only looks whether it is there.
    private let making = Mutex(())
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
            making.withLock { _ in
                if let present { return present }
                let value = make()
                made.withLock { $0 = value }
                return value
            }
        }
    }
}
