import Synchronization

/// Carries the pieces of a long list from who reads the store to who writes to the client. Usually the reader waits
/// until a piece is taken, so that the list is never in memory. Once the store wants its snapshot back the reader does not
/// wait, and what the client has not taken goes to a spool; a very large piece waits in one as well.
final class ListPipe: Sendable {
    private struct State {
        var snapshot: (any Snapshot)?
        var piece: [UInt8]?
        var spool: Spool?
        /// Whether the reader goes on whatever the writer has taken.
        var isHurried = false
        /// The reader, which waits for its piece to be taken.
        var reader: CheckedContinuation<Void, Never>?
        /// The writer, which waits for a piece or the end.
        var writer: CheckedContinuation<Void, Never>?
        var end: Result<Void, any Error>?

        /// Whether the writer has all that was put.
        var isTaken: Bool { piece == nil && spool?.isEmpty != false }

        mutating func wakeAll() -> [CheckedContinuation<Void, Never>] {
            defer { (reader, writer) = (nil, nil) }
            return [reader, writer].compactMap { $0 }
        }
    }

    static let pieceBytes = 128 << 10
    /// A piece with more bytes, which has a very large document in it, does not wait in memory.
    static let largestInMemory = 1 << 20

    private let spools: SpoolArea?
    private let state: Mutex<State>

    init(reading snapshot: any Snapshot) {
        state = Mutex(State(snapshot: snapshot))
        spools = snapshot.spools
        snapshot.whenWanted { [weak self] in self?.overflow() }
    }

    /// The snapshot, for the one who reads: it is given back as soon as all is read, not when all is written.
    func takeSnapshot() -> (any Snapshot)? {
        state.withLock { state in
            defer { state.snapshot = nil }
            return state.snapshot
        }
    }

    /// Hands a piece over, or puts it into the spool.
    /// - Throws: `CancellationError` if nobody takes pieces any more, `StoreError.unavailable` if the spool is full.
    func put(_ piece: consuming [UInt8]) async throws {
        let spool = try state.withLock { state in
            if state.end != nil { throw CancellationError() }
            // All that was put before has been taken.
            if !state.isHurried { state.spool = nil }
            if state.spool == nil, piece.count > Self.largestInMemory { state.spool = spools?.makeSpool() }
            if state.spool == nil { state.piece = piece }
            return state.spool
        }
        try spool?.append(piece)
        // What waits elsewhere is not kept here while the client reads.
        piece = []
        wakeWriter()
        await withCheckedContinuation { continuation in
            let mayGoOn = state.withLock { state in
                if state.isTaken || state.isHurried || state.end != nil { return true }
                state.reader = continuation
                return false
            }
            if mayGoOn { continuation.resume() }
        }
    }

    /// Nothing comes behind what was put, for the reason given if there is one. Also for a writer that ends early.
    func finish(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state in
            if state.end == nil { state.end = result }
            return state.wakeAll()
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The reader need not wait for the writer any more. Without a place for a spool it goes on as before.
    private func overflow() {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.end == nil else { return nil }
            if state.spool == nil { state.spool = spools?.makeSpool() }
            state.isHurried = state.spool != nil
            guard state.isHurried else { return nil }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    private enum Next {
        case piece([UInt8], CheckedContinuation<Void, Never>?)
        case spooled(Spool)
        case end(Result<Void, any Error>)
        case none
    }

    /// Waits for the next piece.
    /// - Returns: nil at the end.
    /// - Throws: what `finish` was given.
    func next() async throws -> [UInt8]? {
        while true {
            switch take() {
            case .piece(let piece, let reader):
                reader?.resume()
                return piece
            case .spooled(let spool):
                let piece = try await withTaskExecutorPreference(ThreadExecutor.longLists) {
                    try spool.next(Self.pieceBytes)
                }
                if spool.isEmpty { wakeReader() }
                return piece
            case .end(let result):
                try result.get()
                return nil
            case .none:
                await wait()
            }
        }
    }

    private func take() -> Next {
        state.withLock { state in
            if let piece = state.piece {
                defer { (state.piece, state.reader) = (nil, nil) }
                return .piece(piece, state.reader)
            }
            if let spool = state.spool, !spool.isEmpty { return .spooled(spool) }
            return state.end.map(Next.end) ?? .none
        }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let mayGoOn = state.withLock { state in
                let isReady = state.piece != nil || state.end != nil || state.spool.map { !$0.isEmpty } ?? false
                if !isReady { state.writer = continuation }
                return isReady
            }
            if mayGoOn { continuation.resume() }
        }
    }

    private func wakeReader() {
        let reader = state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    private func wakeWriter() {
        let writer = state.withLock { state in
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume()
    }
}
