import Kernel
import Synchronization

/// The sessions of this instance in which a transaction may be open.
final class SessionNotes: Sendable {
    private let usedAt = Mutex<[BSONDocument: ContinuousClock.Instant]>([:])

    /// The library does not use a session again that it has not used for so long (logicalSessionTimeoutMinutes).
    private static let lifetime = Duration.seconds(30 * 60)
    /// More transactions than this are never open.
    private static let limit = 1000

    /// - Returns: whether the session was not noted yet.
    func use(_ session: BSONDocument) -> Bool {
        usedAt.withLock { $0.updateValue(.now, forKey: session) == nil }
    }

    func forget(_ session: BSONDocument) { usedAt.withLock { _ = $0.removeValue(forKey: session) } }

    /// Those that may be used again; the others are forgotten.
    func current() -> [BSONDocument] {
        usedAt.withLock { usedAt in
            let oldest = ContinuousClock.now - Self.lifetime
            usedAt = usedAt.filter { $0.value > oldest }
            if usedAt.count > Self.limit {
                let latest = usedAt.sorted { $0.value > $1.value }.prefix(Self.limit)
                usedAt = Dictionary(uniqueKeysWithValues: latest.map { ($0.key, $0.value) })
            }
            return Array(usedAt.keys)
        }
    }
}
