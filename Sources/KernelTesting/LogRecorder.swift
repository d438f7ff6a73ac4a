import Kernel
import Synchronization

/// Keeps log entries for a test, which can look through them or wait for one that is yet to come.
public final class LogRecorder: LogSink {
    private struct Waiter {
        let id: Int
        let matches: @Sendable (LogEntry) -> Bool
        let continuation: CheckedContinuation<LogEntry, any Error>
    }

    private struct State {
        var entries: [LogEntry] = []
        var waiters: [Waiter] = []
        var nextID = 0
        /// Waits that were cancelled before they began.
        var cancelled: Set<Int> = []
    }

    public let level: LogLevel
    private let state = Mutex(State())

    public init(level: LogLevel = .debug) {
        self.level = level
    }

    /// The entries so far.
    public var entries: [LogEntry] { state.withLock { $0.entries } }

    public var messages: [String] { entries.map(\.message) }

    public func write(_ entry: LogEntry) {
        guard entry.level >= level else { return }
        let served = state.withLock { state in
            state.entries.append(entry)
            let served = state.waiters.filter { $0.matches(entry) }
            state.waiters.removeAll { waiter in served.contains { $0.id == waiter.id } }
            return served
        }
        for waiter in served { waiter.continuation.resume(returning: entry) }
    }

    /// What is thrown when an entry does not come.
    public struct Missing: Error {}

    /// The first entry, written already or yet to come, that matches.
    /// - Throws: `Missing` if none has come within `Patience.limit`.
    public func entry(where matches: @escaping @Sendable (LogEntry) -> Bool) async throws -> LogEntry {
        try await withThrowingTaskGroup(of: LogEntry.self) { group in
            group.addTask { try await self.next(where: matches) }
            group.addTask {
                try await Task.sleep(for: Patience.limit)
                throw Missing()
            }
            defer { group.cancelAll() }
            guard let entry = try await group.next() else { throw Missing() }
            return entry
        }
    }

    private func next(where matches: @escaping @Sendable (LogEntry) -> Bool) async throws -> LogEntry {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<LogEntry, any Error>? = state.withLock { state in
                    if let entry = state.entries.first(where: matches) { return .success(entry) }
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    state.waiters.append(Waiter(id: id, matches: matches, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}
