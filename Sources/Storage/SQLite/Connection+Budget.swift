import CSQLite
import Kernel

// Reads run on the event loops, where none may take long: what a read does is bounded there, whatever it was thought to
// cost.
extension Connection {
    /// Instructions of SQLite's machine between two looks at the budget, and looks: together a millisecond or two.
    private static let instructions: Int32 = 1000
    private static let looks = 50

    /// Has statements interrupted when the budget is used up (sqlite3_progress_handler).
    func watchBudget() {
        sqlite3_progress_handler(
            handle, Self.instructions,
            { context in
                guard let context else { return 0 }
                let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
                if connection.budget != .max { connection.budget -= 1 }
                return connection.budget < 0 ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Runs what must be done whatever it costs and whatever has been used up before.
    func withoutBudget(_ body: () -> Void) {
        let left = budget
        budget = .max
        defer { budget = left }
        body()
    }

    /// Runs `body`, which only reads.
    /// - Returns: nil if it was not done with what a read may cost here; whatever it returned then counts for nothing.
    func withBudget<R>(_ body: () throws -> R) rethrows -> R? {
        budget = Self.looks
        defer { budget = .max }
        let result = try body()
        return budget < 0 ? nil : result
    }
}

extension OwnThread {
    /// Reads on a thread of its own.
    /// - Throws: what `body` throws, and `StoreError.unavailable` if no thread can be started.
    static func reading<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        do {
            return try await result("sqlite-reader", body)
        } catch let issue as BootIssue {
            throw StoreError.unavailable(reason: issue.what, retryAfter: 1)
        }
    }
}
