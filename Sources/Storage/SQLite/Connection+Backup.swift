import CSQLite
import Kernel

extension Connection {
    /// Runs `body`, whose statements ask `isWanted` from time to time whether they are to go on
    /// (sqlite3_progress_handler).
    /// - Throws: what `isWanted` throws, if it does.
    func interruptible(by isWanted: @escaping () throws -> Void, _ body: () throws -> Void) throws {
        let watch = Watch(isWanted)
        let context = Unmanaged.passUnretained(watch).toOpaque()
        sqlite3_progress_handler(
            handle, 100_000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue().ends ? 1 : 0
            }, context)
        defer { sqlite3_progress_handler(handle, 0, nil, nil) }
        do {
            try withExtendedLifetime(watch) { try body() }
        } catch {
            throw watch.reason ?? error
        }
    }
}

/// Remembers why a statement was ended.
private final class Watch {
    private let isWanted: () throws -> Void
    private(set) var reason: (any Error)?

    init(_ isWanted: @escaping () throws -> Void) {
        self.isWanted = isWanted
    }

    var ends: Bool {
        do {
            try isWanted()
            return false
        } catch {
            reason = error
            return true
        }
    }
}
