import Kernel
import Synchronization

/// A bounded number of reader connections, each opened when it is first needed: a quiet service needs few of them. Who
/// finds none free suspends, in a bounded line that is served in order; nobody blocks a thread.
final class ConnectionPool: Sendable {
    private struct State {
        var free: [Connection] = []
        /// How many more may be opened.
        var unopened: Int
        var line: [(id: UInt64, continuation: CheckedContinuation<Connection?, any Error>)] = []
        var nextID: UInt64 = 0
        var lent = 0
        /// Set by `close`: resumed when the last connection has come back.
        var closer: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let open: @Sendable () throws -> Connection
    private let size: Int
    private let lineLimit: Int
    /// What the connections are for, for messages.
    private let name: String

    /// - Parameters:
    ///   - count: how many connections there may be.
    ///   - lineLimit: how many may wait for one.
    init(_ count: Int, lineLimit: Int, name: String, open: @escaping @Sendable () throws -> Connection) {
        state = Mutex(State(unopened: count))
        size = count
        self.open = open
        self.lineLimit = lineLimit
        self.name = name
    }

    /// The number of those who wait.
    var lineLength: Int { state.withLock { $0.line.count } }

    /// How many connections there may be, how many are lent, and how many wait for one.
    struct Usage: Sendable {
        let size: Int
        let lent: Int
        let waiting: Int
    }

    var usage: Usage { state.withLock { Usage(size: size, lent: $0.lent, waiting: $0.line.count) } }

    /// A connection, of which the caller is the owner until it gives it back.
    /// - Parameter beforeWaiting: for tests.
    /// - Throws: `StoreError.unavailable` when the line is full or the pool closed, `CancellationError`.
    func take(beforeWaiting: () async -> Void = {}) async throws -> Connection {
        while true {
            if let connection = try takeFree() { return connection }
            await beforeWaiting()
            if let connection = try await waitInLine() { return connection }
        }
    }

    /// - Returns: nil if there is nobody to wait for: a connection that was being opened has failed meanwhile.
    private func waitInLine() async throws -> Connection? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(id, continuation)
                // A cancellation that came before the entry found nothing to remove.
                if Task.isCancelled { leave(id) }
            }
        } onCancel: {
            leave(id)
        }
    }

    /// A connection if one is free, or can be opened, and nobody stands in line for it.
    func takeFree() throws -> Connection? {
        let (free, mayOpen) = state.withLock { state -> (Connection?, Bool) in
            if state.isClosed { return (nil, false) }
            if let connection = state.free.popLast() {
                state.lent += 1
                return (connection, false)
            }
            guard state.unopened > 0 else { return (nil, false) }
            state.unopened -= 1
            state.lent += 1
            return (nil, true)
        }
        guard mayOpen else { return free }
        do {
            return try translatingErrors { try open() }
        } catch {
            didNotOpen(error)
            throw error
        }
    }

    /// Undoes the taking of a connection that could not be opened. Those in line may have waited for just this one.
    private func didNotOpen(_ error: any Error) {
        let (line, closer) = state.withLock { state in
            state.unopened += 1
            state.lent -= 1
            let closer = state.lent == 0 ? state.closer : nil
            if closer != nil { state.closer = nil }
            defer { state.line = [] }
            return (state.line, closer)
        }
        for waiting in line { waiting.continuation.resume(throwing: error) }
        closer?.resume()
    }

    private func enter(_ id: UInt64, _ continuation: CheckedContinuation<Connection?, any Error>) {
        let outcome: Result<Connection?, any Error>? = state.withLock { state in
            if state.isClosed { return .failure(StoreError.closed) }
            if let connection = state.free.popLast() {
                state.lent += 1
                return .success(connection)
            }
            if state.unopened > 0 { return .success(nil) }
            guard state.line.count < lineLimit else {
                return .failure(StoreError.unavailable(reason: "too many wait for one of the \(name)", retryAfter: 1))
            }
            state.line.append((id, continuation))
            return nil
        }
        if let outcome { continuation.resume(with: outcome) }
    }

    private func leave(_ id: UInt64) {
        let continuation = state.withLock { state in
            state.line.firstIndex { $0.id == id }.map { state.line.remove(at: $0).continuation }
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Takes a connection back, whose transaction has ended, and hands it to the first in line.
    func give(back connection: Connection) {
        let next = state.withLock { state -> (() -> Void)? in
            if !state.line.isEmpty {
                let first = state.line.removeFirst().continuation
                return { first.resume(returning: connection) }
            }
            state.lent -= 1
            guard state.isClosed else {
                state.free.append(connection)
                return nil
            }
            // Whoever gives it back still refers to it; it must be closed before `close` returns.
            connection.close()
            guard state.lent == 0, let closer = state.closer else { return nil }
            state.closer = nil
            return { closer.resume() }
        }
        next?()
    }

    /// Turns everyone away who waits or comes later, and returns when every connection is back and closed.
    func close() async {
        let line = state.withLock { state in
            state.isClosed = true
            // Whoever gave one back a moment ago may still refer to it, and would close it later than this returns.
            for connection in state.free { connection.close() }
            state.free = []
            defer { state.line = [] }
            return state.line
        }
        for waiting in line { waiting.continuation.resume(throwing: StoreError.closed) }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.lent == 0 { return true }
                state.closer = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}

extension StoreError {
    static let closed = StoreError.unavailable(reason: "the store is closed", retryAfter: 5)
}
