import Kernel

/// Changes as an update document.
enum ChangeBSON {
    /// - Parameter filling: of the growing array; nil leaves additions to it to the caller.
    /// - Throws: `StoreError.misuse` for changes that no driver can apply.
    static func update(
        _ changes: [Change], on layout: CollectionLayout, _ filling: ArrayFilling? = nil
    ) throws -> BSONDocument {
        try changes.validate(growing: layout.spec.growing)
        var set = BSONDocument()
        var unset = BSONDocument()
        var push = BSONDocument()
        for change in layout.stored(changes) {
            let field = change.path.dotted
            switch change {
            case .set(_, let value): set.append(field, try BSONValue(value))
            case .unset: unset.append(field, "")
            case .append(_, let values): push.append(field, ["$each": try BSONValue(.array(values))])
            case .grow(_, let growths):
                guard var filling, let growing = layout.spec.growing else { continue }
                let before = filling
                let (kept, marker) = filling.add(growths, to: growing)
                set.append(ArrayFilling.field, .document(filling.document))
                let elements = kept + (marker.map { [$0] } ?? [])
                if marker == nil {
                    push.append(field, ["$each": try BSONValue(.array(elements))])
                } else if before.count == 0 {
                    set.append(field, try BSONValue(.array(elements)))
                } else {
                    // The first one in the place of the earlier marker.
                    for (index, element) in elements.enumerated() {
                        set.append("\(field).\(before.count + index)", try BSONValue(element))
                    }
                }
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
    /// An update document that also sets other fields.
    func alsoSetting(_ members: BSONDocument) throws -> BSONDocument {
        var update = BSONDocument()
        var set = BSONDocument()
        try read { reader in
            try reader.forEach { element in
                if element.name.elementsEqual("$set".utf8) {
                    set = BSONDocument(try BSONReader(element.value))
                } else {
                    update.append(element)
                }
                return true
            }
        }
        set.append(contentsOf: members)
        update.append("$set", .document(set))
        return update
    }
}
