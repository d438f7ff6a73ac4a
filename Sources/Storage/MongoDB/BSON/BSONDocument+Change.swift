import Kernel

extension BSONDocument {
    /// The document after the changes, as the server would make it. Whatever they do not name stays as it is, also
    /// what this service does not know.
    /// - Throws: `StoreError.corrupt` if a change does not fit the document.
    func applying(_ changes: [Change], growing: GrowingArray? = nil) throws -> BSONDocument {
        let growths = changes.growths
        let steps = changes.compactMap { change -> Step? in
            if case .grow = change { return nil }
            return Step(names: change.path.steps.map { String($0.name) }[...], change: change)
        }
        let changed = try read { try Self.changed($0, by: steps) }
        guard let growing, !growths.isEmpty else { return changed }
        return try changed.growing(growing, by: growths)
    }

    /// What a server allows, and some room for the `_id`.
    private static let maximumBytes = (16 << 20) - 1024

    /// The document with its array grown. Where it would become too large for a server, elements before the new ones
    /// are left out as well.
    private func growing(_ growing: GrowingArray, by growths: [Growth]) throws -> BSONDocument {
        try read { reader in
            guard var filling = try ArrayFilling(of: reader) ?? ArrayFilling(measuring: reader, growing) else {
                throw StoreError.corrupt("a document has no array at \(growing.path)")
            }
            let before = filling
            var (kept, marker) = filling.add(growths, to: growing)
            var rest = try BSONDocument(reader, without: [growing.name, ArrayFilling.field])
            var elements = BSONDocument()
            var number = 0
            // The new ones come in any case.
            let needed = try (kept + growths.suffix(1).map(\.element)).reduce(rest.bytes.count + 256) {
                $0 + (try BSONDocument("element", BSONValue($1)).bytes.count) + 16
            }
            try reader[growing.name]?.document?.forEach { element in
                guard number < before.count,
                    elements.bytes.count + element.value.count + 16 + needed < Self.maximumBytes
                else { return false }
                elements.append(element)
                number += 1
                return true
            }
            if number < before.count {
                filling.leftOut += before.count - number
                filling.count -= before.count - number
                filling.bytes = min(filling.bytes, elements.bytes.count)
                marker = growths.last.map { growing.marker.element(leftOut: filling.leftOut, newest: $0.element) }
            }
            if let marker { kept.append(marker) }
            for element in kept {
                elements.append(String(number), try BSONValue(element))
                number += 1
            }
            rest.append(growing.name, .elements(elements))
            rest.append(ArrayFilling.field, .document(filling.document))
            return rest
        }
    }

    /// A change, and what is left of its path.
    private struct Step {
        let names: ArraySlice<String>
        let change: Change

        var isLast: Bool { names.count == 1 }
        var inner: Step { Step(names: names.dropFirst(), change: change) }
        var isUnset: Bool { if case .unset = change { true } else { false } }

        func isAt(_ name: UnsafeRawBufferPointer) -> Bool { names.first?.utf8.elementsEqual(name) == true }
    }

    private static func changed(_ document: BSONReader, by steps: [Step]) throws -> BSONDocument {
        var result = BSONDocument()
        var left = steps
        try document.forEach { element in
            let own = left.filter { $0.isAt(element.name) }
            guard let first = own.first else {
                result.append(element)
                return true
            }
            left.removeAll { $0.isAt(element.name) }
            let name = String(decoding: element.name, as: UTF8.self)
            if first.isLast {
                if let value = try value(of: element, after: first.change) { result.append(name, value) }
            } else if element.type == .document {
                result.append(name, .document(try changed(BSONReader(element.value), by: own.map(\.inner))))
            } else if own.allSatisfy(\.isUnset) {
                result.append(element)
            } else {
                throw misfit(first.change)
            }
            return true
        }
        while let first = left.first, let name = first.names.first {
            let own = left.filter { $0.names.first == name }
            left.removeAll { $0.names.first == name }
            if first.isLast {
                switch first.change {
                case .set(_, let value): result.append(name, try BSONValue(value))
                case .append(_, let values): result.append(name, try BSONValue(.array(values)))
                case .unset: break
                case .grow: throw misfit(first.change)
                }
            } else if !own.allSatisfy(\.isUnset) {
                let made = try BSONDocument().read { try changed($0, by: own.map(\.inner)) }
                result.append(name, .document(made))
            }
        }
        return result
    }

    /// What a change makes of the element that it names; nil for nothing.
    private static func value(of element: BSONElement, after change: Change) throws -> BSONValue? {
        switch change {
        case .set(_, let value): return try BSONValue(value)
        case .unset: return nil
        case .grow: throw misfit(change)
        case .append(_, let values):
            guard element.type == .array else { throw misfit(change) }
            var array = BSONDocument()
            var count = 0
            try BSONReader(element.value).forEach { present in
                array.append(present)
                count += 1
                return true
            }
            for value in values {
                array.append(String(count), try BSONValue(value))
                count += 1
            }
            return .elements(array)
        }
    }

    private static func misfit(_ change: Change) -> StoreError {
        .corrupt("a document has not the shape for the change of \(change.path)")
    }
}
