/// What the documents of a collection look like, for drivers of databases that other programs have written to: they
/// serve what the shape names and leave out the rest. Documents that this service writes have their shape already.
public indirect enum DocumentShape: Sendable, Hashable {
    /// Something that is not null; null is taken for absent.
    case value
    /// Anything, null too.
    case nullable
    /// Exactly these members.
    case object([Member])
    case array(of: DocumentShape)

    /// One member of an object. A required array that is missing is served empty, a required value that may be null as
    /// null; nothing is made up for others.
    public struct Member: Sendable, Hashable {
        public let name: String
        public let isRequired: Bool
        public let shape: DocumentShape
    }

    /// The shape of what a schema describes.
    public init(_ schema: JSONSchema) {
        switch schema.kind {
        case .string, .integer, .boolean, .flag:
            self = .value
        case .array(let element, _):
            self = .array(of: DocumentShape(element))
        case .object(let properties):
            self = .object(
                properties.map {
                    Member(name: $0.name, isRequired: $0.isRequired, shape: DocumentShape($0.schema))
                })
        case .nullable, .anyOf, .any:
            self = .nullable
        }
    }
}

extension DocumentShape {
    /// A value without what the shape does not name, and without null where it stands for absent; nil for nothing.
    public func conforming(_ value: JSON) -> JSON? {
        switch (self, value) {
        case (.nullable, _): return value
        case (_, .null): return nil
        case (.array(let element), .array(let elements)): return .array(elements.compactMap(element.conforming))
        case (.object(let members), .object(let object)):
            var result = JSONObject()
            for member in members {
                result[member.name] = object[member.name].flatMap(member.shape.conforming) ?? member.substitute
            }
            return .object(result)
        case (.value, _), (.array, _), (.object, _): return value
        }
    }
}

extension DocumentShape.Member {
    fileprivate var substitute: JSON? {
        switch shape {
        case .array where isRequired: []
        case .nullable where isRequired: .null
        default: nil
        }
    }
}
