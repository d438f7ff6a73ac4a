import CSQLite
import Glibc
import Kernel

/// What an sqlite3 call answered other than success: the extended result code and the connection's message.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    package let code: Int32
    package let message: String

    /// The code without its extension: `SQLITE_IOERR` for `SQLITE_IOERR_FSYNC`.
    package var primary: Int32 { code & 0xff }

    /// SQLITE_CONSTRAINT_UNIQUE, a macro that Swift does not see.
    static let uniqueViolation: Int32 = SQLITE_CONSTRAINT | (8 << 8)

    package var description: String { "\(message) (SQLite code \(code))" }
}

extension SQLiteError {
    /// The last error of a connection (sqlite3_extended_errcode, sqlite3_errmsg). An I/O error for want of room
    /// (sqlite3_system_errno), as when the shared memory cannot grow, becomes `SQLITE_FULL`.
    package init(lastOf handle: OpaquePointer?, code: Int32? = nil, context: String = "") {
        let reported = code ?? sqlite3_extended_errcode(handle)
        let isForWantOfRoom =
            reported & 0xff == SQLITE_IOERR && [ENOSPC, EDQUOT].contains(sqlite3_system_errno(handle))
        let message = String(cString: handle == nil ? sqlite3_errstr(reported) : sqlite3_errmsg(handle)) + context
        self.init(
            code: isForWantOfRoom ? SQLITE_FULL : reported,
            message: isForWantOfRoom ? "no space left on device (\(reported))" : message)
    }

    /// The error in the terms of a `DocumentStore`. A unique index's violation is translated where it can occur.
    var storeError: StoreError {
        switch primary {
        case SQLITE_FULL: .unavailable(reason: "the disk is full: \(self)", retryAfter: 10)
        case SQLITE_IOERR: .unavailable(reason: "the disk reports an error: \(self)", retryAfter: 5)
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL, SQLITE_INTERRUPT:
            .unavailable(reason: "the database is held by another program: \(self)", retryAfter: 1)
        case SQLITE_NOMEM, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM:
            .unavailable(reason: description, retryAfter: 5)
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt(description)
        default: .misuse(description)
        }
    }
}

/// Runs a part of a transaction; what SQLite reports becomes a `StoreError`, other errors pass.
package func translatingErrors<R>(_ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as SQLiteError {
        throw error.storeError
    }
}
