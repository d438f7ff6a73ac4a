import Kernel
import Synchronization

/// Whether the server answers, as the last commands have shown. While it does not, requests are turned away at once,
/// but for a few that find out when it is back.
final class ServerHealth: Sendable {
    private let isDown = Atomic(false)
    private let outage = Mutex<StoreError?>(nil)

    /// A failure of the network that took longer than this was not a broken connection, but a server that is gone or
    /// hangs.
    private static let patience = Duration.seconds(1)

    /// Why the server cannot be used; nil if nothing is known against it.
    var problem: StoreError? {
        isDown.load(ordering: .relaxed) ? outage.withLock { $0 } : nil
    }

    func answered() {
        if isDown.load(ordering: .relaxed) {
            outage.withLock { $0 = nil }
            isDown.store(false, ordering: .relaxed)
        }
    }

    func failed(_ error: MongoDBError, after span: Duration) {
        guard error.isNetworkFailure else { return answered() }
        guard span > Self.patience else { return }
        outage.withLock { $0 = error.storeError }
        isDown.store(true, ordering: .relaxed)
    }
}
