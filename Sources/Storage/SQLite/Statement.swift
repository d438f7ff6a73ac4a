import CSQLite
import Kernel

/// A value to be bound to a parameter.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// A prepared statement. It belongs to one connection and is used where that one is.
package final class Statement {
    private let pointer: OpaquePointer
    /// Whether someone is stepping through its rows; the cache keeps it from being used twice.
    var isBusy = false
    /// When it was last used, in the count of its cache.
    var lastUse = 0

    /// Compiles one statement (sqlite3_prepare_v3, to be kept).
    package init(_ sql: String, on handle: OpaquePointer) throws(SQLiteError) {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else {
            throw SQLiteError(lastOf: handle, code: code, context: " in: " + sql)
        }
        pointer = statement
    }

    deinit {
        sqlite3_finalize(pointer)
    }

    /// Binds `value` to the parameter at `index`, counted from 1; SQLite copies it.
    package func bind(_ value: SQLValue, at index: Int) throws(SQLiteError) {
        let index = Int32(index)
        let code: Int32
        switch value {
        case .null:
            code = sqlite3_bind_null(pointer, index)
        case .integer(let value):
            code = sqlite3_bind_int64(pointer, index, value)
        case .real(let value):
            code = sqlite3_bind_double(pointer, index, value)
        case .text(var text):
            code = text.withUTF8 { csqlite_bind_text_copy(pointer, index, $0.baseAddress, Int32($0.count)) }
        case .blob(let bytes):
            code = bytes.withUnsafeBufferPointer {
                csqlite_bind_blob_copy(pointer, index, $0.baseAddress, Int32($0.count))
            }
        }
        try check(code)
    }

    /// Binds values to the parameters from the first one on.
    func bind(_ values: [SQLValue]) throws(SQLiteError) {
        for (index, value) in values.enumerated() { try bind(value, at: index + 1) }
    }

    /// Binds a document as text; SQLite copies it.
    func bind(document: [UInt8], at index: Int) throws(SQLiteError) {
        guard let count = Int32(exactly: document.count) else {
            throw SQLiteError(code: SQLITE_TOOBIG, message: "a document of \(document.count) bytes")
        }
        let code = document.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                csqlite_bind_text_copy(pointer, Int32(index), $0.baseAddress, count)
            }
        }
        try check(code)
    }

    /// Goes to the next row (sqlite3_step).
    /// - Returns: false when there is none.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw failure(code)
        }
    }

    /// Ends the reading of rows and forgets what was bound (sqlite3_reset, sqlite3_clear_bindings).
    func reset() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    package func integer(_ column: Int) -> Int64 {
        sqlite3_column_int64(pointer, Int32(column))
    }

    package func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(pointer, Int32(column)) == SQLITE_NULL
    }

    /// The value of a column, whatever its type.
    func value(_ column: Int) -> SQLValue {
        switch sqlite3_column_type(pointer, Int32(column)) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(sqlite3_column_double(pointer, Int32(column)))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .blob(withBytes(column) { span in span.withUnsafeBufferPointer { Array($0) } })
        default: .null
        }
    }

    package func text(_ column: Int) -> String {
        withBytes(column) { span in span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }

    /// Calls `body` with the bytes of a text column, which are SQLite's own and valid only during the call
    /// (sqlite3_column_text, sqlite3_column_bytes).
    func withBytes<R>(_ column: Int, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
        let text = sqlite3_column_text(pointer, Int32(column))
        let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
        return try body(UnsafeBufferPointer(start: text, count: text == nil ? 0 : count).span)
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        if code != SQLITE_OK { throw failure(code) }
    }

    private func failure(_ code: Int32) -> SQLiteError {
        SQLiteError(lastOf: sqlite3_db_handle(pointer), code: code)
    }
}
