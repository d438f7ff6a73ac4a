import Kernel

// The order of a query, which the index of its fields has, with the id behind them.
extension Query {
    var sort: BSONDocument {
        get throws(StoreError) {
            switch order {
            case .entry: return ["_id": 1]
            case .reverseEntry: return ["_id": -1]
            case .field(let path): return BSONDocument(try Self.field(path), 1).with("_id", 1)
            case .reverseField(let path): return BSONDocument(try Self.field(path), -1).with("_id", -1)
            }
        }
    }

    /// The condition that a document comes behind `after`; nil from the beginning. In the order of a field those that
    /// lack it come first, and null is the same to the server as a field that is not there.
    var place: BSONDocument? {
        get throws(StoreError) {
            guard let after else { return nil }
            let id = BSONValue.objectID(ObjectID(after))
            switch order {
            case .entry: return ["_id": ["$gt": id]]
            case .reverseEntry: return ["_id": ["$lt": id]]
            case .field(let path):
                let field = try Self.field(path)
                let value = afterValue.string.map(BSONValue.string)
                return [
                    "$or": [
                        .document(BSONDocument(field, value.map { ["$gt": $0] } ?? ["$ne": .null])),
                        .document(BSONDocument(field, value ?? .null).with("_id", ["$gt": id])),
                    ]
                ]
            case .reverseField(let path):
                let field = try Self.field(path)
                let same = BSONDocument(field, afterValue.string.map(BSONValue.string) ?? .null)
                    .with("_id", ["$lt": id])
                guard let text = afterValue.string else { return same }
                return [
                    "$or": [
                        .document(BSONDocument(field, ["$lt": .string(text)])), .document(same),
                        .document(BSONDocument(field, .null)),
                    ]
                ]
            }
        }
    }

    private static func field(_ path: FieldPath) throws(StoreError) -> String {
        guard !path.steps.isEmpty, !path.steps.contains(where: \.isArray) else {
            throw .misuse("'\(path)' does not name one field")
        }
        return path.dotted
    }
}

extension BSONDocument {
    /// The document with one member more.
    func with(_ name: String, _ value: BSONValue) -> BSONDocument {
        var document = self
        document.append(name, value)
        return document
    }
}
