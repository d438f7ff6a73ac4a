/// The prepared statements of one connection, found by what their text depends on, so that a lookup builds no text.
struct StatementCache {
    /// Says which statement is meant: a verb, a collection, and the shape of a filter, as `FilterParts` writes it.
    struct Key: Hashable {
        let shape: [UInt8]

        /// All bytes at once, where an array's own hash takes them one by one.
        func hash(into hasher: inout Hasher) { shape.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    private var statements: [Key: Statement] = [:]
    private var clock = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The statement of `key`, made by `prepare` if it is not there or is in use (a lookup inside the visit of an
    /// equal one); then the new one is not kept.
    mutating func statement(
        for key: Key, prepare: () throws -> Statement
    ) throws -> Statement {
        clock += 1
        if let statement = statements[key] {
            if statement.isBusy { return try prepare() }
            statement.lastUse = clock
            return statement
        }
        let statement = try prepare()
        if statements.count >= capacity { dropOldest() }
        statement.lastUse = clock
        statements[key] = statement
        return statement
    }

    func has(_ key: Key) -> Bool { statements[key] != nil }

    mutating func removeAll() {
        statements.removeAll()
    }

    private mutating func dropOldest() {
        let oldest = statements.lazy.filter { !$0.value.isBusy }.min { $0.value.lastUse < $1.value.lastUse }
        if let oldest { statements[oldest.key] = nil }
    }
}
