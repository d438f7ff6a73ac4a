import Synchronization

/// How much a server has done and has open at one moment.
public struct ServerCounters: Sendable, Hashable {
    public var openConnections = 0
    public var acceptedConnections = 0
    public var refusedConnections = 0
    /// Requests whose handler has not finished, those given up at their deadline included.
    public var requestsInFlight = 0
    public var requests = 0
    public var bytesReceived = 0
    public var bytesSent = 0

    public init() {}
}

/// The counters of one event loop. Only its thread writes, so that counting is a plain load and store; except for the
/// open connections, which another loop may add to when it hands one over.
final class LoopCounters: Sendable {
    let openConnections = LoopCounter()
    let acceptedConnections = LoopCounter()
    let refusedConnections = LoopCounter()
    let requestsInFlight = LoopCounter()
    let requests = LoopCounter()
    let bytesReceived = LoopCounter()
    let bytesSent = LoopCounter()

    func add(to total: inout ServerCounters) {
        total.openConnections += openConnections.value
        total.acceptedConnections += acceptedConnections.value
        total.refusedConnections += refusedConnections.value
        total.requestsInFlight += requestsInFlight.value
        total.requests += requests.value
        total.bytesReceived += bytesReceived.value
        total.bytesSent += bytesSent.value
    }
}

/// A number with one writing thread, unless all use `addShared`, and any readers.
struct LoopCounter: ~Copyable, Sendable {
    private let storage = Atomic<Int>(0)

    var value: Int { storage.load(ordering: .relaxed) }

    @inline(__always)
    func add(_ amount: Int) {
        storage.store(storage.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// For counters with several writing threads.
    func addShared(_ amount: Int) {
        storage.wrappingAdd(amount, ordering: .relaxed)
    }
}
