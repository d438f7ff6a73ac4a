import Kernel

/// An index into an array: a side table with a row for each different value among the elements of each document.
///
/// Three triggers keep it, in the transaction and by the statement that changes the document, so that nothing that
/// writes the collection (another tool included) can forget it. Without elements to keep, they cost about 3 µs an
/// insert.
struct ArrayIndex: Sendable {
    let path: FieldPath
    /// The side table as an SQL identifier.
    let table: String
    let definition: SchemaObject
    let triggers: [SchemaObject]
    /// Fills the side table from the documents that are there.
    let fill: String

    init(of collection: String, at path: FieldPath) throws {
        let name = "\(collection)/\(path)"
        let table = FieldSQL.identifier(name)
        let source = FieldSQL.identifier(collection)
        self.path = path
        self.table = table
        definition = SchemaObject(
            "TABLE", name,
            "CREATE TABLE \(table) (position INTEGER NOT NULL, value NOT NULL, PRIMARY KEY (position, value))"
                + " WITHOUT ROWID")

        let values = try ArrayElementsSQL(path)
        let insert = "INSERT INTO \(table) (position, value) "
        let array = values.outermostArray
        func trigger(_ event: String, _ timing: String, _ body: String) -> SchemaObject {
            let name = "\(name) \(event)"
            return SchemaObject(
                "TRIGGER", name, "CREATE TRIGGER \(FieldSQL.identifier(name)) \(timing) BEGIN \(body) END")
        }
        let remove = "DELETE FROM \(table) WHERE position = OLD.position;"
        let add = insert + values.select(position: "NEW.position", document: "NEW.document") + ";"
        triggers = [
            SchemaObject(
                "INDEX", "\(name) value",
                "CREATE INDEX \(FieldSQL.identifier("\(name) value")) ON \(table) (value)"),
            trigger("insert", "AFTER INSERT ON \(source)", add),
            trigger("delete", "AFTER DELETE ON \(source)", remove),
            trigger(
                "update",
                "AFTER UPDATE OF document ON \(source) "
                    + "WHEN OLD.document -> \(array) IS NOT NEW.document -> \(array)",
                remove + " " + add),
        ]
        fill = insert + values.select(position: "s.position", document: "s.document", from: "\(source) AS s, ")
    }
}

/// The elements of an array, and of arrays inside its elements, in SQL.
struct ArrayElementsSQL {
    /// JSON paths: to each array from the element of the one before, and at last to the value in an element.
    private let arrays: [String]
    private let field: String?
    let outermostArray: String

    init(_ path: FieldPath) throws {
        var arrays: [String] = []
        var names: [Substring] = []
        for step in path.steps {
            names.append(step.name)
            if step.isArray {
                arrays.append(try FieldSQL.jsonPath(names))
                names = []
            }
        }
        guard let first = arrays.first else { throw StoreError.misuse("the path '\(path)' names no array") }
        outermostArray = first
        self.arrays = arrays
        field = names.isEmpty ? nil : try FieldSQL.jsonPath(names)
    }

    /// A SELECT of the position and each different value. json_each would read whatever it is given, so that each
    /// step looks first whether an array or an object is there.
    func select(position: String, document: String, from: String = "") -> String {
        var tables: [String] = []
        var parent = document
        for (depth, array) in arrays.enumerated() {
            tables.append(
                "json_each(CASE json_type(\(parent), \(array)) WHEN 'array' THEN \(parent) -> \(array) END) AS e\(depth)"
            )
            parent = "(CASE e\(depth).type WHEN 'object' THEN e\(depth).value END)"
        }
        let last = "e\(arrays.count - 1)"
        let value =
            field.map { FieldSQL.value(parent, $0) }
            ?? FieldSQL.value("\(last).json", "('$[' || \(last).key || ']')")
        return "SELECT DISTINCT p, v FROM (SELECT \(position) AS p, \(value) AS v FROM \(from)"
            + tables.joined(separator: ", ") + ") WHERE v IS NOT NULL"
    }
}
