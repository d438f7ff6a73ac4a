import Synchronization

/// A number that only grows; may be added to from any thread, without a lock.
public final class Counter: Sendable {
    private let total = Atomic(0)

    public init() {}

    public var value: Int { total.load(ordering: .relaxed) }

    public func add(_ amount: Int = 1) {
        total.wrappingAdd(amount, ordering: .relaxed)
    }
}
