import Kernel

/// Every way in which this module turns a request away. Clients know the texts.
extension HTTPError {
    static var noAuthorizationToken: HTTPError {
        unauthorized("auth.no-authorization-token", "Unauthorized. No authorization token was provided")
    }

    static var noUserInfoToken: HTTPError {
        unauthorized("auth.no-user-info-token", "Unauthorized. No user info token was provided")
    }

    /// - Parameter role: what the issuer of the token, who is trusted, calls its bearer.
    static func wrongRole(_ role: String) -> HTTPError {
        unauthorized("auth.wrong-role", "Can't start job with role: \(role)")
    }

    static var tokenMismatch: HTTPError { unauthorized("auth.token-mismatch", "Token mismatch") }

    static func invalidToken(_ reason: String) -> HTTPError {
        unauthorized("auth.invalid-token", "Unauthorized: \(reason)")
    }

    static var noAPIKey: HTTPError {
        unauthorized("auth.no-api-key", "Unauthorized. No API key was provided", challenge: "ApiKey")
    }

    static var wrongAPIKey: HTTPError {
        unauthorized("auth.wrong-api-key", "Unauthorized: the API key is not known", challenge: "ApiKey")
    }

    /// The token may well be good: it cannot be told without keys.
    static var keysUnavailable: HTTPError {
        HTTPError(
            .serviceUnavailable, code: "auth.keys-unavailable",
            message: "Tokens cannot be verified now, since the keys for it cannot be had; try again", retryAfter: 5)
    }

    static var verifierBusy: HTTPError {
        HTTPError(
            .serviceUnavailable, code: "auth.busy", message: "Too many tokens wait to be verified; try again",
            retryAfter: 1)
    }

    /// - Parameter challenge: RFC 9110 section 11.6.1 demands one; no scheme for cookies is registered.
    private static func unauthorized(_ code: String, _ message: String, challenge: String = "Cookie") -> HTTPError {
        HTTPError(
            .unauthorized, code: code, message: message,
            headers: Headers([("WWW-Authenticate", "\(challenge) realm=\"job-service\"")]))
    }
}
