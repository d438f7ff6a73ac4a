/// What the engine itself finds wrong with a request, before any handler sees it.
enum RequestFault: UInt8, CaseIterable {
    case malformedRequestLine, malformedTarget, malformedPercentEncoding
    case malformedField, foldedField, malformedHost, missingHost, repeatedHost
    case malformedLength, conflictingLengths, lengthAndCoding, codingInOldVersion, repeatedCoding
    case malformedChunk, malformedTrailer
    case headTimeout, bodyTimeout
    case bodyTooLarge, framingTooLarge
    case targetTooLong
    case unknownExpectation
    case headTooLarge, tooManyFields, trailersTooLarge
    case unknownMethod, unknownCoding
    case handlerTimeout, tooManyConnections, tooManyBodies
    case unsupportedVersion

    /// The error that the client is told; see RFC 9110 section 15 for the statuses, RFC 9112 for the causes.
    var error: HTTPError {
        switch self {
        case .malformedRequestLine: bad("request.line", "The request line is malformed.")
        case .malformedTarget: bad("request.target", "The request target is malformed.")
        case .malformedPercentEncoding:
            bad("request.encoding", "The path or query has a percent escape that is not valid UTF-8 text.")
        case .malformedField: bad("request.header", "A header field is malformed.")
        case .foldedField: bad("request.header", "A header field is folded over several lines.")
        case .malformedHost: bad("request.host", "The Host header is not a host with an optional port.")
        case .missingHost: bad("request.host", "The Host header is missing.")
        case .repeatedHost: bad("request.host", "There is more than one Host header.")
        case .malformedLength: bad("request.length", "The Content-Length is not a number.")
        case .conflictingLengths: bad("request.length", "There are differing Content-Length headers.")
        case .lengthAndCoding: bad("request.framing", "There is a Content-Length beside a Transfer-Encoding.")
        case .codingInOldVersion: bad("request.framing", "HTTP/1.0 has no Transfer-Encoding.")
        case .repeatedCoding: bad("request.framing", "The Transfer-Encoding is empty or given more than once.")
        case .malformedChunk: bad("request.chunk", "The chunked body is malformed.")
        case .malformedTrailer: bad("request.trailer", "A trailer field of the chunked body is malformed.")
        case .headTimeout: error(.requestTimeout, "request.timeout", "The request's head took too long to arrive.")
        case .bodyTimeout: error(.requestTimeout, "request.timeout", "The request's body took too long to arrive.")
        case .bodyTooLarge: error(.contentTooLarge, "request.too-large", "The request's body is too large.")
        case .framingTooLarge:
            error(.contentTooLarge, "request.too-large", "The chunk extensions of the request's body are too large.")
        case .targetTooLong: error(.uriTooLong, "request.target", "The request target is too long.")
        case .unknownExpectation:
            error(.expectationFailed, "request.expectation", "The only expectation understood is 100-continue.")
        case .headTooLarge:
            error(.requestHeaderFieldsTooLarge, "request.head", "The request's header fields are too large.")
        case .tooManyFields:
            error(.requestHeaderFieldsTooLarge, "request.head", "The request has too many header fields.")
        case .trailersTooLarge:
            error(.requestHeaderFieldsTooLarge, "request.head", "The request's trailer fields are too large.")
        case .unknownMethod: error(.notImplemented, "request.method", "The request method is not implemented.")
        case .unknownCoding:
            error(.notImplemented, "request.coding", "The only transfer coding implemented is chunked.")
        case .handlerTimeout:
            error(
                .serviceUnavailable, "request.deadline", "The request took too long to answer.", retryAfter: 1,
                reason: "the request was given up, since its handler took longer than its deadline")
        case .tooManyConnections:
            error(.serviceUnavailable, "server.connections", "The server has too many connections.", retryAfter: 1)
        case .tooManyBodies:
            error(
                .serviceUnavailable, "server.bodies", "The server has too many request bodies in memory.", retryAfter: 1
            )
        case .unsupportedVersion:
            error(.httpVersionNotSupported, "request.version", "The versions supported are HTTP/1.1 and HTTP/1.0.")
        }
    }

    private func bad(_ code: String, _ message: String) -> HTTPError { error(.badRequest, code, message) }

    private func error(
        _ status: Status, _ code: String, _ message: String, retryAfter: Int? = nil, reason: String? = nil
    ) -> HTTPError {
        var error = HTTPError(status, code: code, message: message, retryAfter: retryAfter)
        error.reason = reason
        return error
    }
}
