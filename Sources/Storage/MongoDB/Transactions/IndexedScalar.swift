import Kernel

extension BSONDocument {
    /// The scalar (or null) that stands at a path; nil if nothing does, or an object or array.
    func scalar(at path: FieldPath) throws -> BSONValue? {
        try bytes.withUnsafeBytes { bytes in
            var reader = try BSONReader(bytes)
            let names = path.steps.map { String($0.name) }
            for name in names.dropLast() {
                guard let inner = try reader[name], inner.type == .document, let document = try inner.document else {
                    return nil
                }
                reader = document
            }
            return try names.last.flatMap { try reader[$0]?.scalar }
        }
    }
}

extension BSONElement {
    fileprivate var scalar: BSONValue? {
        switch type {
        case .null: .null
        case .boolean: .bool(isTrue)
        case .int32, .int64: integer.map(BSONValue.int64)
        case .double: .double(double)
        case .string: string.map(BSONValue.string)
        default: nil
        }
    }
}

extension [Change] {
    /// The scalar that these changes give a field; nil if they leave it as it is, or without a scalar.
    func newScalar(at path: FieldPath) throws -> BSONValue? {
        let wanted = path.steps.map(\.name)
        for change in self {
            guard case .set(let place, let value) = change else { continue }
            let names = place.steps.map(\.name)
            guard wanted.starts(with: names) else { continue }
            var document: BSONDocument = [:]
            document.append("value", try BSONValue(value))
            let rest = ["value"] + wanted[names.count...].map { String($0) }
            return try document.scalar(at: FieldPath(stringLiteral: rest.joined(separator: ".")))
        }
        return nil
    }
}
