import CSQLite

extension Connection {
    /// The statements around a transaction, which are as frequent as the transactions and always kept.
    enum Boundary: Int, CaseIterable {
        case begin, beginWriting, commit, rollBack, savepoint, release, rollBackToSavepoint
        /// Reads a page: BEGIN alone pins no state of the database, the first read does.
        case pin

        var sql: String {
            switch self {
            case .begin: "BEGIN"
            case .beginWriting: "BEGIN IMMEDIATE"
            case .commit: "COMMIT"
            case .rollBack: "ROLLBACK"
            case .savepoint: "SAVEPOINT write"
            case .release: "RELEASE write"
            case .rollBackToSavepoint: "ROLLBACK TO write"
            case .pin: "SELECT 1 FROM sqlite_schema LIMIT 1"
            }
        }
    }

    func run(_ boundary: Boundary) throws(SQLiteError) {
        let statement = try statement(of: boundary)
        defer { statement.reset() }
        _ = try statement.step()
    }

    /// Rolls back if a transaction is open.
    func rollBack() throws {
        if isInTransaction { try run(.rollBack) }
    }

    /// Pins the state of the database that reads see until `endReading`.
    func beginSnapshot() throws {
        try run(.begin)
        do {
            try run(.pin)
        } catch {
            endReading()
            throw error
        }
    }

    /// Ends a transaction that has only read; that fails only where the connection is broken in any case. A budget that is
    /// used up must not interrupt it, or the connection would stay within the transaction for good.
    func endReading() {
        withoutBudget { try? rollBack() }
    }

    /// SQLite ends a transaction by itself after some failures; the last error code is that failure's.
    var lostTransaction: SQLiteError {
        let error = lastError
        return error.code == SQLITE_OK
            ? SQLiteError(code: SQLITE_IOERR, message: "transaction lost") : error
    }
}
