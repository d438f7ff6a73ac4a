import Kernel
import Synchronization

/// Counts the commits that change each collection: odd while one is under way, so that nobody takes what was read before
/// it for what was read after it.
///
/// The writer counts before the commit, which others may see at once, and after it, before its callers hear of it.
final class CollectionRevisions: Sendable {
    private let numbers: Mutex<[UInt64]>

    init(collections: Int) {
        numbers = Mutex(Array(repeating: 0, count: collections))
    }

    /// For the writer, on both sides of a commit.
    /// - Parameter changed: the ordinals of what the commit changes.
    func step(_ changed: Set<Int>) {
        numbers.withLock { numbers in
            for ordinal in changed { numbers[ordinal] += 1 }
        }
    }

    /// Their sum, which another commit can only make larger; nil while one of them is being changed.
    func revision(of collections: [Collection]) -> UInt64? {
        numbers.withLock { numbers in
            var sum: UInt64 = 0
            for collection in collections {
                guard numbers.indices.contains(collection.ordinal), numbers[collection.ordinal].isMultiple(of: 2) else {
                    return nil
                }
                sum += numbers[collection.ordinal]
            }
            return sum
        }
    }
}
