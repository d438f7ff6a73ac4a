import Kernel

/// Changes as an update document.
enum ChangeBSON {
    /// - Throws: `StoreError.misuse` for changes that no driver can apply.
    static func update(_ changes: [Change]) throws(StoreError) -> BSONDocument {
        do { try changes.validate(growing: nil) } catch let error as StoreError { throw error } catch {
            throw .misuse("\(error)")
        }
        var set = BSONDocument()
        var unset = BSONDocument()
        var push = BSONDocument()
        for change in changes {
            let field = CollectionLayout.field(change.path)
            switch change {
            case .set(_, let value): set.append(field, try BSONValue(value))
            case .unset: unset.append(field, "")
            case .grow(let path, _): throw .misuse("'\(path)' is no growing array here")
            case .append(_, let values): push.append(field, ["$each": try BSONValue(.array(values))])
            }
        }
        var update = BSONDocument()
        if !set.isEmpty { update.append("$set", .document(set)) }
        if !unset.isEmpty { update.append("$unset", .document(unset)) }
        if !push.isEmpty { update.append("$push", .document(push)) }
        return update
    }
}

extension BSONDocument {
    /// An update document that also sets one field.
    func alsoSetting(_ field: String, _ value: BSONValue) throws -> BSONDocument {
        var update = BSONDocument()
        var set = BSONDocument()
        try bytes.withUnsafeBytes { bytes in
            try BSONReader(bytes).forEach { element in
                let document = try BSONDocument(checking: Array(element.value))
                let name = String(decoding: element.name, as: UTF8.self)
                if name == "$set" { set = document } else { update.append(name, .document(document)) }
                return true
            }
        }
        set.append(field, value)
        update.append("$set", .document(set))
        return update
    }
}
