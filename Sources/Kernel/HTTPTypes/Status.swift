/// An HTTP status code (RFC 9110 section 15): one of those that have a name here, or any other final one.
public struct Status: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt16

    /// - Parameter rawValue: nil unless it is the code of a final response, 200 to 599: what comes before that is the
    ///   server's business.
    public init?(rawValue: UInt16) {
        guard (200...599).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(_ code: UInt16) {
        rawValue = code
    }

    public var code: Int { Int(rawValue) }

    /// Whether a response with it has no body, whatever it was given (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
    var forbidsBody: Bool { rawValue == 204 || rawValue == 205 || rawValue == 304 }
}

// IANA's registry of status codes, as far as a server of resources has a use for them.
extension Status {
    public static let ok = Status(200)
    public static let created = Status(201)
    public static let accepted = Status(202)
    public static let noContent = Status(204)
    public static let resetContent = Status(205)
    public static let partialContent = Status(206)
    public static let movedPermanently = Status(301)
    public static let found = Status(302)
    public static let seeOther = Status(303)
    public static let notModified = Status(304)
    public static let temporaryRedirect = Status(307)
    public static let permanentRedirect = Status(308)
    public static let badRequest = Status(400)
    public static let unauthorized = Status(401)
    public static let forbidden = Status(403)
    public static let notFound = Status(404)
    public static let methodNotAllowed = Status(405)
    public static let notAcceptable = Status(406)
    public static let requestTimeout = Status(408)
    public static let conflict = Status(409)
    public static let gone = Status(410)
    public static let preconditionFailed = Status(412)
    public static let contentTooLarge = Status(413)
    public static let uriTooLong = Status(414)
    public static let unsupportedMediaType = Status(415)
    public static let rangeNotSatisfiable = Status(416)
    public static let expectationFailed = Status(417)
    public static let unprocessableContent = Status(422)
    public static let locked = Status(423)
    public static let preconditionRequired = Status(428)
    public static let tooManyRequests = Status(429)
    public static let requestHeaderFieldsTooLarge = Status(431)
    /// Never sent, since nobody is there to read it: what the log says of a request whose client has gone.
    public static let clientClosedRequest = Status(499)
    public static let internalServerError = Status(500)
    public static let notImplemented = Status(501)
    public static let badGateway = Status(502)
    public static let serviceUnavailable = Status(503)
    public static let gatewayTimeout = Status(504)
    public static let httpVersionNotSupported = Status(505)
    public static let insufficientStorage = Status(507)
}

extension Status {
    /// The code and its reason phrase as they stand on the status line; nil for a code without a name.
    var line: StaticString? {
        switch rawValue {
        case 200: "200 OK"
        case 201: "201 Created"
        case 202: "202 Accepted"
        case 204: "204 No Content"
        case 205: "205 Reset Content"
        case 206: "206 Partial Content"
        case 301: "301 Moved Permanently"
        case 302: "302 Found"
        case 303: "303 See Other"
        case 304: "304 Not Modified"
        case 307: "307 Temporary Redirect"
        case 308: "308 Permanent Redirect"
        case 400: "400 Bad Request"
        case 401: "401 Unauthorized"
        case 403: "403 Forbidden"
        case 404: "404 Not Found"
        case 405: "405 Method Not Allowed"
        case 406: "406 Not Acceptable"
        case 408: "408 Request Timeout"
        case 409: "409 Conflict"
        case 410: "410 Gone"
        case 412: "412 Precondition Failed"
        case 413: "413 Content Too Large"
        case 414: "414 URI Too Long"
        case 415: "415 Unsupported Media Type"
        case 416: "416 Range Not Satisfiable"
        case 417: "417 Expectation Failed"
        case 422: "422 Unprocessable Content"
        case 423: "423 Locked"
        case 428: "428 Precondition Required"
        case 429: "429 Too Many Requests"
        case 431: "431 Request Header Fields Too Large"
        case 499: "499 Client Closed Request"
        case 500: "500 Internal Server Error"
        case 501: "501 Not Implemented"
        case 502: "502 Bad Gateway"
        case 503: "503 Service Unavailable"
        case 504: "504 Gateway Timeout"
        case 505: "505 HTTP Version Not Supported"
        case 507: "507 Insufficient Storage"
        default: nil
        }
    }
}
