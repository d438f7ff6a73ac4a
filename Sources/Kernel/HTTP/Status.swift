/// An HTTP status code (RFC 9110 section 15) that this service sends.
public enum Status: UInt16, Sendable, Hashable {
    case ok = 200
    case badRequest = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case conflict = 409
    case contentTooLarge = 413
    case uriTooLong = 414
    case expectationFailed = 417
    case requestHeaderFieldsTooLarge = 431
    /// Never sent, since nobody is there to read it: what the log says of a request whose client has gone.
    case clientClosedRequest = 499
    case internalServerError = 500
    case notImplemented = 501
    case serviceUnavailable = 503
    case httpVersionNotSupported = 505

    public var code: Int { Int(rawValue) }

    /// The code and its reason phrase as they stand on the status line.
    public var line: StaticString {
        switch self {
        case .ok: "200 OK"
        case .badRequest: "400 Bad Request"
        case .unauthorized: "401 Unauthorized"
        case .forbidden: "403 Forbidden"
        case .notFound: "404 Not Found"
        case .methodNotAllowed: "405 Method Not Allowed"
        case .requestTimeout: "408 Request Timeout"
        case .conflict: "409 Conflict"
        case .contentTooLarge: "413 Content Too Large"
        case .uriTooLong: "414 URI Too Long"
        case .expectationFailed: "417 Expectation Failed"
        case .requestHeaderFieldsTooLarge: "431 Request Header Fields Too Large"
        case .clientClosedRequest: "499 Client Closed Request"
        case .internalServerError: "500 Internal Server Error"
        case .notImplemented: "501 Not Implemented"
        case .serviceUnavailable: "503 Service Unavailable"
        case .httpVersionNotSupported: "505 HTTP Version Not Supported"
        }
    }
}
