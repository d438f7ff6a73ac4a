import Glibc
import Synchronization

/// Blocks a thread, unlike a `Gate`: for holding an event loop up on purpose.
final class ThreadGate: Sendable {
    private let isSignalled = Atomic(false)

    func signal() { isSignalled.store(true, ordering: .releasing) }

    func wait() {
        while !isSignalled.load(ordering: .acquiring) { sched_yield() }
    }
}

/// Distinct numbers, collected from any thread.
final class ThreadSet: Sendable {
    private let names = Mutex<Set<UInt>>([])

    var count: Int { names.withLock { $0.count } }
    func insert(_ name: UInt) { names.withLock { _ = $0.insert(name) } }
}
