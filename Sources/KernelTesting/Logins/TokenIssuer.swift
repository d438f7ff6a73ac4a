import COpenSSL
import Kernel

/// Issues the tokens of a data administrator, good and bad, with real keys: JSON Web Signatures (RFC 7515) by RS256, or
/// as their header says.
public struct TokenIssuer: Sendable {
    /// Keys take a while to make, so the tests of a process share them.
    public static let shared = Result { try TokenIssuer() }

    /// To be published under the id `key-1`, which tokens name.
    public let key: PrivateKey
    /// For forgeries: never published under an id that any token names.
    public let stranger: PrivateKey
    /// For forgeries: an RSA key of 1024 bits.
    public let short: PrivateKey
    /// For forgeries: a key on the curve P-256.
    public let curve: PrivateKey

    private init() throws {
        key = try PrivateKey(rsaBits: 2048)
        stranger = try PrivateKey(rsaBits: 2048)
        short = try PrivateKey(rsaBits: 1024)
        curve = try PrivateKey(rsaBits: nil)
    }

    /// Of the user whom tokens name unless they say otherwise.
    public static let userID = "7f0c2b1e-5c9a-4a0e-9d55-3b1f2c3d4e5f"

    /// Seconds since 1970.
    public static var now: Int64 { Timestamp.now.microseconds / 1_000_000 }

    /// The usual claims of a token `authorization`.
    public static var authorizationClaims: JSON {
        [
            "aud": "datastore", "exp": .integer(now + 600), "sub": "testuser", "user/uuid": .string(userID),
            "accreditation/role": "role/dataadministrator",
        ]
    }

    /// The usual claims of a token `user-info`.
    public static var userInfoClaims: JSON {
        [
            "exp": .integer(now + 600), "user/uuid": .string(userID), "user/firstName": "Kari",
            "user/lastName": "Nordmann",
        ]
    }

    /// A token with any header and payload, signed as `signer` says.
    public func token(header: String, payload: String, signer: ([UInt8]) -> [UInt8]) -> String {
        let signed = Base64.url(Array(header.utf8)) + "." + Base64.url(Array(payload.utf8))
        return signed + "." + Base64.url(signer(Array(signed.utf8)))
    }

    /// The token `authorization`.
    /// - Parameters:
    ///   - claims: beside the usual ones, or instead of them; null removes one.
    ///   - header: beside `alg` and `kid`, or instead of them; null removes one.
    ///   - key: what signs it; by default the published one.
    public func authorization(_ claims: JSON = [:], header: JSON = [:], key: PrivateKey? = nil) -> String {
        token(Self.authorizationClaims.with(claims), header, key)
    }

    /// The token `user-info`, see `authorization`.
    public func userInfo(_ claims: JSON = [:], header: JSON = [:], key: PrivateKey? = nil) -> String {
        token(Self.userInfoClaims.with(claims), header, key)
    }

    private func token(_ claims: JSON, _ more: JSON, _ key: PrivateKey?) -> String {
        let header = (["alg": "RS256", "kid": "key-1", "typ": "JWT"] as JSON).with(more)
        let digest = header["alg"]?.string?.hasSuffix("512") == true ? EVP_sha512() : EVP_sha256()
        return token(header: header.text, payload: claims.text) { (key ?? self.key).sign($0, digest) }
    }

    /// HMAC-SHA256 with any bytes as its key.
    public static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 32
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &count)
        return digest
    }
}

extension JSON {
    /// The object with other members replaced or added; null takes one away.
    public func with(_ more: JSON) -> JSON {
        var members = object ?? JSONObject()
        for member in more.object?.members ?? [] {
            members[member.name] = member.value == .null ? nil : member.value
        }
        return .object(members)
    }
}
