import COpenSSL
import Kernel

/// An RSA public key that verifies signatures, out of a JSON Web Key (RFC 7517, RFC 7518 section 6.3).
// @unchecked Sendable: the key is not changed after it has been made, and OpenSSL counts references atomically.
final class SigningKey: @unchecked Sendable {
    /// The shortest key that RFC 7518 section 3.3 allows, and the longest that is worth its computing time.
    private static let bits = 2048...8192

    private static let id = Property<SigningKey, String>.required("kid", .string())
    private static let modulus = Property<SigningKey, String>.required("n", .string())
    private static let exponent = Property<SigningKey, String>.required("e", .string())

    let id: String
    private let modulus: [UInt8]
    private let exponent: [UInt8]
    private let key: OpaquePointer

    /// nil for a key that no token may be signed with: of another type or for another use or algorithm, without an
    /// id, too short or too long.
    init?(_ json: JSON) {
        guard let id = json[Self.id], !id.isEmpty, id.utf8.count <= 1024,
            json["kty"] == "RSA", Self.isForSignatures(json),
            let modulus = Self.number(json[Self.modulus]), let exponent = Self.number(json[Self.exponent]),
            Self.bits.contains(Self.bitCount(modulus)), Self.isSoundExponent(exponent),
            let key = copenssl_rsa_public_key(modulus, Int32(modulus.count), exponent, Int32(exponent.count))
        else { return nil }
        self.id = id
        self.modulus = modulus
        self.exponent = exponent
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether the signature is this key's for the token's algorithm. Takes some 30 µs: not for event loops.
    func verifies(_ token: SignedToken) -> Bool {
        let digest = token.algorithm == .rs512 ? EVP_sha512() : EVP_sha256()
        let (signed, signature) = (token.signedBytes, token.signature)
        return copenssl_verify_pkcs1(key, digest, signed, signed.count, signature, signature.count) == 1
    }

    /// Whether two keys are one: the same numbers under the same id.
    func isSame(as other: SigningKey) -> Bool {
        id.isExactly(other.id) && modulus == other.modulus && exponent == other.exponent
    }

    /// `use`, `key_ops` and `alg` are optional, but bind where they are given (RFC 7517 sections 4.2 to 4.4); null is
    /// what some issuers write for those that they do not give. A key for one of our algorithms is taken for the other too: they differ in the digest, which the signature names.
    private static func isForSignatures(_ json: JSON) -> Bool {
        func given(_ name: String) -> JSON? { json[name] == .null ? nil : json[name] }
        if let use = given("use"), use != "sig" { return false }
        if let operations = given("key_ops"), operations.array?.contains("verify") != true { return false }
        guard let algorithm = given("alg") else { return true }
        return algorithm.string.flatMap(SignatureAlgorithm.init) != nil
    }

    /// A Base64urlUInt (RFC 7518 section 2) without leading zero bytes. Padding, which it must not have, does no harm in
    /// what the issuer itself publishes.
    private static func number(_ text: String?) -> [UInt8]? {
        guard let text, text.utf8.count <= 4096,
            let bytes = Base64URL.decode(text.utf8.prefix { $0 != UInt8(ascii: "=") })
        else { return nil }
        return Array(bytes.drop { $0 == 0 })
    }

    private static func bitCount(_ number: [UInt8]) -> Int {
        number.count * 8 - (number.first?.leadingZeroBitCount ?? 0)
    }

    /// Odd, more than 1 (with which every message would be its own signature) and of at most 64 bits.
    private static func isSoundExponent(_ number: [UInt8]) -> Bool {
        guard let last = number.last, number.count <= 8 else { return false }
        return last % 2 == 1 && number != [1]
    }
}
