/// The shape of a JSON value: what a route accepts and what it answers. One description serves both to check what
/// clients send (`read`) and to tell them what to send (`/openapi.json`), so that the two cannot disagree.
public struct JSONSchema: Sendable {
    public indirect enum Kind: Sendable {
        case string(StringRules)
        /// With `fromText`, its digits in a string are taken for the integer.
        case integer(ClosedRange<Int64>, fromText: Bool)
        case boolean
        /// A truth value, also written as 1 or 0 or as a word (`Bool.init(flag:)`); read as a boolean.
        case flag
        case array(JSONSchema, maximum: Int?)
        case object([Property])
        /// The value itself or null; null is kept, not taken as absent.
        case nullable(JSONSchema)
        /// Any one of several forms, tried in order.
        case anyOf([JSONSchema])
        /// Anything; checked elsewhere.
        case any
    }

    public let kind: Kind
    /// The name under which the description document lists it; nil for what is described in place.
    public var name: String?
    public var summary: String?
    public var example: JSON?

    public init(_ kind: Kind, name: String? = nil, summary: String? = nil, example: JSON? = nil) {
        self.kind = kind
        self.name = name
        self.summary = summary
        self.example = example
    }

    /// What a string must be beside being one.
    public struct StringRules: Sendable, Hashable {
        /// The only values, or nil for any.
        public var allowed: [String]?
        /// In characters (Unicode scalars, as JSON Schema counts them).
        public var lengths: ClosedRange<Int>
        /// A pattern with its own check, so that no regular expression engine is needed to enforce it.
        public var pattern: Pattern?
        public var format: Format?
    }

    /// A named rule over strings: the regular expression that documents it and the function that enforces it.
    public struct Pattern: Sendable, Hashable {
        public let expression: String
        public let matches: @Sendable (String) -> Bool

        public init(_ expression: String, matches: @escaping @Sendable (String) -> Bool) {
            self.expression = expression
            self.matches = matches
        }

        public static func == (a: Self, b: Self) -> Bool { a.expression == b.expression }
        public func hash(into hasher: inout Hasher) { hasher.combine(expression) }
    }

    /// One member of an object.
    public struct Property: Sendable {
        public let name: String
        public let schema: JSONSchema
        public let isRequired: Bool
        /// Other spellings that are accepted beside the name and its snake_case form.
        public let aliases: [String]

        public static func required(_ name: String, _ schema: JSONSchema, aliases: [String] = []) -> Property {
            Property(name: name, schema: schema, isRequired: true, aliases: aliases + snakeCase(name))
        }

        public static func optional(_ name: String, _ schema: JSONSchema, aliases: [String] = []) -> Property {
            Property(name: name, schema: schema, isRequired: false, aliases: aliases + snakeCase(name))
        }

        private static func snakeCase(_ name: String) -> [String] {
            let snake = name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
            return snake == name ? [] : [snake]
        }
    }
}

extension JSONSchema {
    /// The length of a string that has no limit of its own: the body's limit comes first.
    public static let unlimited = Int.max / 8

    public static func string(
        lengths: ClosedRange<Int> = 0...unlimited, pattern: Pattern? = nil, format: Format? = nil,
        _ summary: String? = nil, example: JSON? = nil
    ) -> JSONSchema {
        let rules = StringRules(allowed: nil, lengths: lengths, pattern: pattern, format: format)
        return JSONSchema(.string(rules), summary: summary, example: example)
    }

    /// A string that is one of `values`.
    public static func choice(_ values: [String], _ summary: String? = nil, example: JSON? = nil) -> JSONSchema {
        let rules = StringRules(allowed: values, lengths: 0...unlimited, pattern: nil, format: nil)
        return JSONSchema(.string(rules), summary: summary, example: example)
    }

    /// - Parameter fromText: whether a client may also send the digits as a string; what is read is an integer.
    public static func integer(
        _ range: ClosedRange<Int64> = .min ... .max, fromText: Bool = false, _ summary: String? = nil
    ) -> JSONSchema {
        JSONSchema(.integer(range, fromText: fromText), summary: summary)
    }

    public static func boolean(_ summary: String? = nil) -> JSONSchema { JSONSchema(.boolean, summary: summary) }

    /// A truth value of clients that may also send it as 1 or 0 or as a word.
    public static func flag(_ summary: String? = nil) -> JSONSchema { JSONSchema(.flag, summary: summary) }

    public static func array(
        of element: JSONSchema, maximum: Int? = nil, _ summary: String? = nil, example: JSON? = nil
    ) -> JSONSchema {
        JSONSchema(.array(element, maximum: maximum), summary: summary, example: example)
    }

    public static func object(
        _ name: String? = nil, _ properties: [Property], _ summary: String? = nil, example: JSON? = nil
    ) -> JSONSchema {
        JSONSchema(.object(properties), name: name, summary: summary, example: example)
    }

    public static func nullable(_ schema: JSONSchema) -> JSONSchema { JSONSchema(.nullable(schema)) }

    public static func any(_ summary: String? = nil) -> JSONSchema { JSONSchema(.any, summary: summary) }

    /// An instant as this service writes it.
    public static let timestamp = JSONSchema.string(format: .timestamp, example: "2026-11-24T07:00:00.000000Z")
}
