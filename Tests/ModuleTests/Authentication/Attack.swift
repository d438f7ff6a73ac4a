import COpenSSL
import Kernel
import KernelTesting
import Testing

/// One attempt to post with tokens that must not be good for it.
struct Attack: Sendable, CustomTestStringConvertible {
    typealias Forge = @Sendable (TokenIssuer) -> String

    let name: String
    /// The value of the Cookie field.
    let cookie: @Sendable (TokenIssuer, _ elsewhere: String) -> String

    var testDescription: String { name }

    /// Keys beside `key-1` that a careless verifier might use.
    static func keySet(_ issuer: TokenIssuer) -> [JSON] {
        [
            issuer.key.jwk(id: "key-1"),
            ["kty": "oct", "kid": "oct", "k": .string(Base64.url(Array("a shared secret of 32 bytes ok!!".utf8)))],
            issuer.stranger.jwk(id: "encryption", ["use": "enc"]),
            issuer.stranger.jwk(id: "wrapping", ["key_ops": ["wrapKey"]]),
            issuer.stranger.jwk(id: "pss", ["alg": "PS256"]),
            issuer.stranger.jwk(id: "type", ["kty": "EC"]),
            issuer.short.jwk(id: "short"),
            issuer.stranger.jwk(id: nil),
            issuer.stranger.jwk(id: ""),
            issuer.stranger.jwk(id: nil, ["kid": 7]),
            issuer.stranger.jwk(id: "exponent", ["e": "AQ"]),
            issuer.stranger.jwk(id: "modulus", ["n": "AQAB"]),
        ]
    }

    static let all = signatures + headers + keyIDs + claims + spellings + cookies

    /// An authorization token of the attacker's beside a good user info token.
    static func authorization(_ name: String, _ forge: @escaping Forge) -> Attack {
        Attack(name: name) { issuer, _ in "authorization=\(forge(issuer)); user-info=\(issuer.userInfo())" }
    }

    /// A user info token of the attacker's beside a good authorization token.
    static func userInfo(_ name: String, _ forge: @escaping Forge) -> Attack {
        Attack(name: name) { issuer, _ in "authorization=\(issuer.authorization()); user-info=\(forge(issuer))" }
    }
}

extension TokenIssuer {
    static let header = #"{"alg":"RS256","kid":"key-1"}"#

    /// A token whose header is written by hand, with the good claims and a good signature over them.
    func withHeader(_ header: String) -> String {
        token(header: header, payload: Self.authorizationClaims.text) { key.sign($0, EVP_sha256()) }
    }

    /// A token whose payload is written by hand, with a good signature.
    func withPayload(_ payload: String) -> String {
        token(header: Self.header, payload: payload) { key.sign($0, EVP_sha256()) }
    }

    /// A good token with one of its three parts replaced.
    func withPart(_ index: Int, _ change: (String) -> String) -> String {
        var parts = authorization().split(separator: ".").map(String.init)
        parts[index] = change(parts[index])
        return parts.joined(separator: ".")
    }
}
