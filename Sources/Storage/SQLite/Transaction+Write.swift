import Kernel

extension Transaction: WriteTransaction {
    @discardableResult
    func insert(_ document: [UInt8], into collection: Collection) throws -> Position {
        try insert(document, at: nil, into: collection)
    }

    /// - Parameter row: the position; nil for the next one.
    @discardableResult
    func insert(_ document: [UInt8], at row: Int64?, into collection: Collection) throws -> Position {
        let table = try table(of: collection)
        return try insert(try KeptDocument(document, in: table), at: row, into: collection, table)
    }

    private func insert(
        _ kept: KeptDocument, at row: Int64?, into collection: Collection, _ table: CollectionTable
    ) throws -> Position {
        hooks?.willChange(collection)
        var parts = parts(.insert, collection)
        parts.append(row == nil ? 0 : 1)
        if let row { parts.bind(.integer(row)) }
        for column in kept.columns { parts.bind(kept.value(column)) }
        let sql = {
            let names = (row == nil ? [] : ["position"]) + KeptDocument.columns(of: table)
            let marks = repeatElement("?", count: names.count).joined(separator: ", ")
            return "INSERT INTO \(table.table) (\(names.joined(separator: ", "))) VALUES (\(marks))"
        }
        try change(table, parts, sql: sql) { [count = parts.values.count] in
            try $0.bind(document: kept.split.document, at: count + 1)
        }
        let row = connection.lastInsertedRow
        if let growth = table.growth, kept.split.state.hasRows {
            try add(
                kept.split.elements, marker: kept.split.marker, to: row, kept.split.state, in: collection, growth)
        }
        return Position(row: row)
    }

    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document? {
        let table = try table(of: collection)
        try changes.validate(growing: table.growth?.spec)
        guard let old = try locate(filter, in: collection, table) else { return nil }
        let document = try changes.reduce(old.document) { try DocumentEdit.apply($1, to: $0) }
        return try update(old, to: document, changes, in: collection, table)
    }

    @discardableResult
    func updateAll(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Int {
        let table = try table(of: collection)
        try changes.validateForAll(growing: table.growth?.spec)
        // All are found before the first is changed, which might match no longer, or again.
        let rows = try rows(filter, in: collection, table)
        if changes.isEmpty { return rows.count }
        for row in rows {
            guard let old = try locate(row, in: collection, table) else { continue }
            let document = try changes.reduce(old.document) { try DocumentEdit.apply($1, to: $0) }
            _ = try update(old, to: document, changes, in: collection, table)
        }
        return rows.count
    }

    private func rows(_ filter: Filter, in collection: Collection, _ table: CollectionTable) throws -> [Int64] {
        var parts = parts(.rows, collection)
        parts.append(filter, on: table)
        let sql = {
            "SELECT position FROM \(table.table) WHERE \(try FilterSQL.condition(filter, on: table)) ORDER BY position"
        }
        return try run(parts, sql: sql) { statement in
            var rows: [Int64] = []
            while try statement.step() { rows.append(statement.integer(0)) }
            return rows
        }
    }

    func move(
        from source: Collection, where filter: Filter, to target: Collection, _ changes: [Change]
    ) throws -> Document? {
        guard let changed = try update(in: source, where: filter, changes) else { return nil }
        let row = changed.position.row
        var whole = changed.bytes
        let table = try table(of: source)
        if table.growth != nil {
            var parts = parts(.fetch, source)
            parts.bind(.integer(row))
            let sql = { "SELECT \(Transaction.documentColumns(of: table)) FROM \(table.table) WHERE position = ?" }
            whole = try run(parts, sql: sql) { statement in
                guard try statement.step() else { return whole }
                return try withDocument(in: source, table, statement, false) {
                    Document(position: changed.position, bytes: $0)
                }
                .bytes
            }
        }
        try remove(row, from: source, table)
        return Document(position: try insert(whole, into: target), bytes: changed.bytes)
    }

    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws {
        let table = try table(of: collection)
        try upsert(try KeptDocument(document, in: table), in: collection, table, where: filter)
    }

    func upsert(_ documents: [[UInt8]], in collection: Collection, by field: FieldPath) throws {
        let table = try table(of: collection)
        for document in documents {
            let kept = try KeptDocument(document, in: table)
            let value = try kept.json(at: field)
            switch value {
            case .bool, .integer, .number, .string:
                try upsert(kept, in: collection, table, where: .equal(field, value))
            case .null, .array, .object:
                throw StoreError.misuse("a document without a scalar at '\(field)' cannot be told from others")
            }
        }
    }

    private func upsert(
        _ kept: KeptDocument, in collection: Collection, _ table: CollectionTable, where filter: Filter
    ) throws {
        guard let old = try locate(filter, in: collection, table) else {
            _ = try insert(kept, at: nil, into: collection, table)
            return
        }
        try replace(old, by: kept, in: collection, table)
        if let growth = table.growth, old.growth.hasRows || kept.split.state.hasRows {
            try dropElements(of: old.row, in: collection, growth)
            try add(
                kept.split.elements, marker: kept.split.marker, to: old.row, kept.split.state, in: collection, growth)
        }
    }

    @discardableResult
    func delete(in collection: Collection, where filter: Filter) throws -> Int {
        let table = try table(of: collection)
        hooks?.willChange(collection)
        var parts = parts(.delete, collection)
        parts.append(filter, on: table)
        let sql = { "DELETE FROM \(table.table) WHERE \(try FilterSQL.condition(filter, on: table))" }
        return try run(parts, sql: sql) {
            _ = try $0.step()
            return connection.changes
        }
    }

    func afterCommit(_ body: @escaping @Sendable () -> Void) { hooks?.add(body) }

    private func remove(_ row: Int64, from collection: Collection, _ table: CollectionTable) throws {
        hooks?.willChange(collection)
        var parts = parts(.delete, collection)
        parts.append(UInt8(ascii: "@"))
        parts.bind(.integer(row))
        try run(parts, sql: { "DELETE FROM \(table.table) WHERE position = ?" }) { _ = try $0.step() }
    }
}

// Changing what is there.
extension Transaction {
    /// A document as it is kept, without the elements of its growing array.
    private struct Located {
        let row: Int64
        let document: [UInt8]
        let growth: GrowthState
    }

    /// Fills the columns of a document that another program has put in.
    func fill(_ row: Document, in collection: Collection) throws {
        let table = try table(of: collection)
        var kept = try KeptDocument(row.bytes, in: table)
        if let growth = table.growth {
            let old = try locate(row.position.row, in: collection, table)?.growth ?? GrowthState()
            if old.at != nil, old.hasRows {
                kept.split.state = old
                kept.split.state.at = try KeptDocument(kept.split.document, in: table).split.state.at
            } else if kept.split.state.hasRows {
                try dropElements(of: row.position.row, in: collection, growth)
                try add(
                    kept.split.elements, marker: kept.split.marker, to: row.position.row, kept.split.state,
                    in: collection, growth)
            }
        }
        try replace(
            Located(row: row.position.row, document: [], growth: GrowthState()), by: kept, in: collection, table)
    }

    private func locate(_ row: Int64, in collection: Collection, _ table: CollectionTable) throws -> Located? {
        var parts = parts(.locate, collection)
        parts.append(UInt8(ascii: "@"))
        parts.bind(.integer(row))
        return try locate(parts, { "position = ?" }, table)
    }

    private func locate(_ filter: Filter, in collection: Collection, _ table: CollectionTable) throws -> Located? {
        var parts = parts(.locate, collection)
        parts.append(filter, on: table)
        return try locate(parts, { try FilterSQL.condition(filter, on: table) }, table)
    }

    private func locate(
        _ parts: FilterParts, _ condition: () throws -> String, _ table: CollectionTable
    ) throws -> Located? {
        let sql = {
            let growth = table.growth == nil ? "" : ", " + GrowthTable.columns.joined(separator: ", ")
            return "SELECT position, document\(growth) FROM \(table.table)"
                + " WHERE \(try condition()) ORDER BY position LIMIT 1"
        }
        return try run(parts, sql: sql) { statement in
            guard try statement.step() else { return nil }
            var state = GrowthState()
            if table.growth != nil {
                state.at = statement.isNull(2) ? nil : Int(statement.integer(2))
                state.bytes = Int(statement.integer(3))
                state.left = Int(statement.integer(4))
                state.rows = Int(statement.integer(5))
            }
            return statement.withBytes(1) {
                Located(
                    row: statement.integer(0), document: Document(position: Position(low: 0), bytes: $0).bytes,
                    growth: state)
            }
        }
    }

    /// - Parameter document: the document after all changes but those of the growing array.
    private func update(
        _ old: Located, to document: [UInt8], _ changes: [Change], in collection: Collection, _ table: CollectionTable
    ) throws -> Document {
        let position = Position(row: old.row)
        guard let growth = table.growth else {
            try replace(old, by: try KeptDocument(document, in: table), in: collection, table)
            return Document(position: position, bytes: document)
        }
        var additions: [Growth] = []
        for case .grow(_, let growths) in changes { additions = growths }
        var document = document
        if old.growth.at == nil, changes.contains(where: { $0.path == growth.spec.path }) {
            document = try DocumentEdit.apply(.append(growth.spec.path, []), to: document)
        }
        var kept = try KeptDocument(document, in: table)
        var state = old.growth
        state.at = kept.split.state.at
        let (elements, marker) = state.grow(by: additions, growth.spec)
        kept.split.state = state
        try replace(old, by: kept, in: collection, table)
        try add(elements, marker: marker, to: old.row, state, in: collection, growth)
        guard let at = state.at, state.hasRows else { return Document(position: position, bytes: document) }
        var last = elements
        if let marker { last += (last.isEmpty ? [] : [UInt8(ascii: ",")]) + marker }
        if last.isEmpty { try appendElements(of: old.row, in: collection, growth, true, to: &last) }
        return Document(position: position, bytes: document.replacing(at..<at, by: last))
    }

    /// Writes a document over what is there. Columns that stay as they are are left out, and their indexes untouched.
    private func replace(
        _ old: Located, by kept: KeptDocument, in collection: Collection, _ table: CollectionTable
    ) throws {
        hooks?.willChange(collection)
        var parts = parts(.replace, collection)
        let changed =
            old.document.isEmpty
            ? Array(kept.columns) : kept.columnsToWrite(over: try KeptDocument(old.document, in: table))
        for column in changed {
            parts.append(UInt8(clamping: column))
            parts.bind(kept.value(column))
        }
        let sql = {
            let names = KeptDocument.columns(of: table)
            let columns = changed.map { names[$0] + " = ?, " }.joined()
            return "UPDATE \(table.table) SET \(columns)document = ? WHERE position = ?"
        }
        try change(table, parts, sql: sql) {
            try $0.bind(document: kept.split.document, at: changed.count + 1)
            try $0.bind(.integer(old.row), at: changed.count + 2)
        }
    }

    /// Runs a statement that a unique index may refuse. SQLite then undoes that statement alone.
    private func change(
        _ table: CollectionTable, _ parts: FilterParts, sql: () -> String, bind: (Statement) throws -> Void
    ) throws {
        try run(parts, sql: sql) { statement in
            do {
                try bind(statement)
                _ = try statement.step()
            } catch let error as SQLiteError {
                throw table.storeError(error)
            }
        }
    }
}
