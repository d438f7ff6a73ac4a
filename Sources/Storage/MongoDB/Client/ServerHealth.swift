import CMongoC
import Kernel
import Synchronization

/// Whether a server is known that takes writes, as the library's monitoring last found. It sees a primary go and come
/// without a request having to try.
final class ServerHealth: Sendable {
    private struct State {
        var isKnown = false
        /// Since when there has been none; nil before there was one.
        var lostAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let log: Logger
    private let hosts: String

    /// A loss that is over sooner is a connection that broke.
    private static let brief = Duration.seconds(1)

    init(hosts: String, log: Logger) {
        self.hosts = hosts
        self.log = log
    }

    /// Why nothing can be written; nil if nothing is known against it.
    var problem: StoreError? {
        state.withLock { $0.isKnown } ? nil : .unavailable(reason: "no MongoDB server can be written to", retryAfter: 2)
    }

    /// Has a pool tell this object what its monitoring finds; before the first client is taken. The object must outlive
    /// the pool.
    func watch(_ pool: OpaquePointer) {
        let callbacks = mongoc_apm_callbacks_new()
        defer { mongoc_apm_callbacks_destroy(callbacks) }
        mongoc_apm_set_topology_changed_cb(callbacks) { event in
            guard let context = mongoc_apm_topology_changed_get_context(event),
                let now = mongoc_apm_topology_changed_get_new_description(event)
            else { return }
            let health = Unmanaged<ServerHealth>.fromOpaque(context).takeUnretainedValue()
            health.changed(isKnown: mongoc_topology_description_has_writable_server(now))
        }
        mongoc_client_pool_set_apm_callbacks(pool, callbacks, Unmanaged.passUnretained(self).toOpaque())
    }

    private func changed(isKnown: Bool) {
        let outage = state.withLock { state -> Duration? in
            defer { state.isKnown = isKnown }
            if state.isKnown, !isKnown { state.lostAt = .now }
            guard !state.isKnown, isKnown, let lostAt = state.lostAt else { return nil }
            return .now - lostAt
        }
        if let outage, outage > Self.brief {
            log.warning(
                "MongoDB at \(hosts) can be written to again, after \(outage.milliseconds / 100 * 100) ms without a primary"
            )
        }
    }
}
