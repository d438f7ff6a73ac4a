import Kernel

extension CollectionLayout {
    /// A document as it is kept: its instants in their one form, in whose order texts are, and how far its growing
    /// array is filled.
    func stored(_ body: BSONDocument) throws -> BSONDocument {
        var body = body
        for path in plainInstants {
            guard case .string(let text) = try body.scalar(at: path), let canonical = InstantText.canonical(text) else {
                continue
            }
            body = try body.applying([.set(path, .string(canonical))])
        }
        if let growing = spec.growing, let filling = try body.read({ try ArrayFilling(measuring: $0, growing) }) {
            body.append(ArrayFilling.field, .document(filling.document))
        }
        return body
    }

    func stored(_ changes: [Change]) -> [Change] {
        if plainInstants.isEmpty { return changes }
        return changes.map { change in
            guard case .set(let path, .string(let text)) = change, plainInstants.contains(path),
                let canonical = InstantText.canonical(text)
            else { return change }
            return .set(path, .string(canonical))
        }
    }

    /// The declared instants that do not stand in arrays.
    var plainInstants: [FieldPath] { spec.instants.filter { !$0.steps.contains(where: \.isArray) } }
}
