/// What a handler may return: a `Response`, a value that is answered as JSON, or a list of those.
public protocol ResponseGenerator: Sendable {
    /// What the description says of it; nil for what the operation says.
    static var reply: Reply? { get }
    func response() throws -> Response
}

extension Response: ResponseGenerator {
    public static var reply: Reply? { nil }
    public func response() -> Response { self }

    /// The value as JSON.
    public init<Value>(_ value: Value, as schema: Schema<Value>) {
        self.init(body: .bytes((schema.json(of: value) ?? .null).bytes))
    }
}

/// A value that is answered as JSON. Its schema has key paths for all properties, or the service does not start.
public protocol ReplyBody: ResponseGenerator {
    static var schema: Schema<Self> { get }
}

extension ReplyBody {
    public static var reply: Reply? { .json(schema.json) }
    public func response() -> Response { Response(self, as: Self.schema) }

    /// The value as JSON.
    public var json: JSON { Self.schema.json(of: self) ?? .null }
}

extension Array: ResponseGenerator where Element: ReplyBody {
    public static var reply: Reply? { .json(.array(of: Element.schema.json)) }
    public func response() -> Response { Response(self, as: .array(of: Element.schema)) }
}

/// `{"message": "OK"}`: the answer where there is nothing else to say.
public struct Message: ReplyBody {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public static let schema = Schema.object(
        nil, .required("message", \.message, .string(example: "OK")), as: Message.init)
}

/// Stored documents, answered byte for byte: what the description says of `Value`, without making one.
public struct Stored<Value: ResponseGenerator>: ResponseGenerator {
    private let stored: Response

    /// One document.
    public init(_ document: Document) {
        stored = Response(body: .bytes(document.bytes))
    }

    /// What `DocumentList` answers.
    public init(_ response: Response) {
        stored = response
    }

    public static var reply: Reply? { Value.reply }
    public func response() -> Response { stored }
}
