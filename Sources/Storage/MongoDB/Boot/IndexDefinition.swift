import Kernel

/// An index as this driver creates it for a declaration.
struct IndexDefinition {
    /// The declared fields, as MongoDB writes them.
    let fields: [String]
    let isUnique: Bool
    let name: String
    let key: BSONDocument
    /// For a unique index: that documents without the field are not in it.
    let partialFilter: BSONDocument?

    init(_ index: CollectionSpec.Index) {
        self.init(index.paths.map { $0.dotted }, isUnique: index.isUnique)
    }

    init(_ fields: [String], isUnique: Bool) {
        self.fields = fields
        self.isUnique = isUnique
        var key = BSONDocument()
        for field in fields { key.append(field, 1) }
        let name = fields.map { "\($0)_1" }.joined(separator: "_")
        if isUnique {
            var filter = BSONDocument()
            for field in fields { filter.append(field, ["$exists": true]) }
            partialFilter = filter
            self.name = name
        } else {
            // Lists come in order of entry: with the id behind the fields the index has that order for each value.
            key.append("_id", 1)
            partialFilter = nil
            self.name = "\(name)__id_1"
        }
        self.key = key
    }

    var specification: BSONDocument {
        var specification: BSONDocument = ["key": .document(key), "name": .string(name)]
        if isUnique { specification.append("unique", true) }
        if let partialFilter { specification.append("partialFilterExpression", .document(partialFilter)) }
        return specification
    }
}

/// An index that a collection has (listIndexes).
struct ExistingIndex {
    let name: String
    /// The fields and directions, as JSON text.
    let key: String
    /// The first of its fields, and whether it is the only one.
    let fields: [String]
    let isUnique: Bool
    /// Whatever else was given when it was made, as JSON text.
    let options: String

    init(_ reader: BSONReader) throws {
        name = try reader["name"]?.string ?? ""
        isUnique = try reader["unique"]?.isTrue ?? false
        var fields: [String] = []
        try reader["key"]?.document?.forEach { element in
            fields.append(String(decoding: element.name, as: UTF8.self))
            return true
        }
        self.fields = fields
        var text = JSONText()
        if let document = try reader["key"]?.document {
            try text.write(document, keepingID: true)
        }
        key = String(decoding: text.bytes, as: UTF8.self)
        var options: [String] = []
        try reader.forEach { element in
            let option = String(decoding: element.name, as: UTF8.self)
            if ["v", "key", "name", "ns", "background", "unique"].contains(option) { return true }
            if let document = try element.document {
                try text.write(document, keepingID: true)
                options.append("\(option): \(String(decoding: text.bytes, as: UTF8.self))")
            } else {
                options.append("\(option): \(element.isTrue)")
            }
            return true
        }
        self.options = options.joined(separator: ", ")
    }

    /// Its options as an operator would write them.
    var description: String {
        let all = ["unique: \(isUnique)"] + (options.isEmpty ? [] : [options])
        return "{ \(all.joined(separator: ", ")) }"
    }
}
