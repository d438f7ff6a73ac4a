/// One request as a handler sees it: parsed, decoded and within the limits of the server's configuration.
public struct Request: Sendable {
    public var method: Method
    /// The path after percent-decoding: valid UTF-8 that starts with `/`, or `*` of `OPTIONS *`. Where a client
    /// escaped a slash it cannot be told from a separator here; `segments` keeps them apart.
    public var path: String
    /// The path before percent-decoding, only where it has an escaped slash.
    var encodedPath: String?
    /// The query's parameters after percent-decoding, duplicates kept in order.
    public var query: [QueryItem]
    public var headers: Headers
    public var body: [UInt8]
    public var id: RequestID
    /// Where the request stands in a distributed trace, if its client told.
    public var trace: TraceContext?
    /// What the route's pattern captured from the path, by name.
    public var parameters: PathParameters
    /// Who makes the request, where the route asked for it.
    var known: Principal?
    /// Where it comes from, for the log; nil if that is not known, as of a Unix-domain socket.
    public var client: NetworkAddress?
    /// The index of the route that has admitted it.
    var route: Int?

    public init(
        method: Method = .get, path: String = "/", query: [QueryItem] = [], headers: Headers = Headers(),
        body: [UInt8] = [], id: RequestID = .generated(prefix: "", UUID())
    ) {
        self.method = method
        self.path = path
        self.encodedPath = nil
        self.query = query
        self.headers = headers
        self.body = body
        self.id = id
        self.trace = nil
        self.parameters = PathParameters()
        self.known = nil
        self.client = nil
    }
}

extension Request {
    /// Who makes the request: `nobody` where the route asks for no role, since then nobody has looked.
    public var principal: Principal {
        get { known ?? .nobody }
        set { known = newValue }
    }

    /// The person on whose behalf the request is made, if there is one.
    public var user: User? { known?.user }

    /// Whether the client escaped a slash, so that `path` must not be split at its slashes; rare.
    public var hasEscapedSlash: Bool { encodedPath != nil }

    /// The path's segments, each percent-decoded: `/notes/a%2Fb` has two, `notes` and `a/b`; `/` has one, empty.
    public var segments: [String] {
        let parts = (encodedPath ?? path).utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard encodedPath != nil else { return parts.map { String(Substring($0)) } }
        return parts.map { part in
            Array(part).withUnsafeBufferPointer { PercentDecoding.decode($0, plusIsSpace: false) ?? "" }
        }
    }
}

/// One `name=value` of a query string.
public struct QueryItem: Sendable, Hashable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The values that a route's pattern captured: for `/notes/{noteId}`, the one called `noteId`.
///
/// They are percent-decoded and otherwise as the client sent them, so that any of them may be `..` or hold a slash; no
/// path is put together out of them before it was looked at. A catch-all has slashes between its segments: see
/// `relativePath` for one that names something below a folder.
public struct PathParameters: Sendable, Hashable {
    var values: [(name: String, value: String)] = []
    /// Whether the client escaped a slash somewhere, which then cannot be told from a separator.
    var hasEscapedSlash = false

    public subscript(name: String) -> String? {
        values.first { $0.name.isExactly(name) }?.value
    }

    /// What a catch-all has captured, if that names something below a folder and nothing beside or above it: no segment
    /// is empty, `.` or `..`, and none holds a slash of its own, a backslash or NUL; nil otherwise.
    public func relativePath(_ name: String) -> String? {
        guard let value = self[name], !hasEscapedSlash else { return nil }
        let segments = value.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = segments.allSatisfy { segment in
            !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
                && !segment.contains(UInt8(ascii: "\\")) && !segment.contains(0)
        }
        return isPlain ? value : nil
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.values.elementsEqual(b.values) { $0.name.isExactly($1.name) && $0.value.isExactly($1.value) }
    }

    public func hash(into hasher: inout Hasher) {
        for value in values { hasher.combine(ExactText(value.value)) }
    }
}

/// The person on whose behalf a request is made.
public struct User: Sendable, Hashable {
    public let id: String
    public let firstName: String
    public let lastName: String

    public init(id: String, firstName: String, lastName: String) {
        self.id = id
        self.firstName = firstName
        self.lastName = lastName
    }
}
