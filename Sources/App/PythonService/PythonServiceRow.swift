import Kernel
import StorageSQLite

/// A row of one of the Python service's tables, whose columns are read as what they should hold.
struct PythonServiceRow {
    let table: String
    let id: Int64
    let path: String
    let statement: Statement

    func fault(_ column: String, _ what: String) -> BootIssue {
        PythonServiceFault(table, id, column, what).issue(in: path)
    }

    func text(_ index: Int, _ column: String) throws -> String {
        if statement.isNull(index) { throw fault(column, "is empty") }
        return statement.text(index)
    }

    /// An instant as this service writes it; one without an offset is taken for UTC.
    func instant(_ index: Int, _ column: String) throws -> JSON {
        let text = try text(index, column)
        guard let instant = Timestamp(text) else { throw fault(column, "is \(text.excerpt), which is no instant") }
        return .string(instant.description)
    }

    func object(_ index: Int, _ column: String) throws -> JSON {
        let text = try text(index, column)
        let value: JSON
        do throws(JSONSyntaxError) { value = try JSON(parsing: Array(text.utf8)) } catch {
            throw fault(column, "is not valid JSON: \(error)")
        }
        guard value.object != nil else { throw fault(column, "is \(value.kindName), not a JSON object") }
        return value
    }
}

/// What is wrong with a value, and where it is.
struct PythonServiceFault: Sendable {
    private let what: String

    init(_ table: String, _ row: Int64, _ column: String, _ what: String) {
        self.what = "table \(table), row \(row), column \(column): \(what)"
    }

    func issue(in path: String) -> BootIssue {
        BootIssue(
            .environment, "the database \(path), \(what)",
            remedy: "correct it in a copy of the file, with sqlite3, and copy from that")
    }
}
