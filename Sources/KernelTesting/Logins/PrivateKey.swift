import COpenSSL
import Glibc
import Kernel

/// A key pair made for a test, with what OpenSSL can sign with it.
// @unchecked Sendable: the key is not changed after it has been made.
public final class PrivateKey: @unchecked Sendable {
    /// OpenSSL cannot make it.
    public enum Failure: Error { case openSSL }

    private let key: OpaquePointer

    /// - Parameter bits: of an RSA key; nil makes a key on the curve P-256.
    public init(rsaBits bits: Int32?) throws {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, bits == nil ? "EC" : "RSA", nil) else {
            throw Failure.openSSL
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1 else { throw Failure.openSSL }
        if let bits {
            guard EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1 else { throw Failure.openSSL }
        } else {
            guard EVP_PKEY_CTX_set_group_name(context, "P-256") == 1 else { throw Failure.openSSL }
        }
        guard EVP_PKEY_keygen(context, &key) == 1, let key else { throw Failure.openSSL }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// The signature of a message; PSS padding instead of PKCS #1 v1.5 if `usesPSS`.
    /// - Parameter digest: an `EVP_MD`, such as `EVP_sha256()`; nil for the key's default.
    public func sign(_ message: [UInt8], _ digest: OpaquePointer?, usesPSS: Bool = false) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var parameters: OpaquePointer?
        EVP_DigestSignInit(context, &parameters, digest, nil, key)
        if usesPSS {
            EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING)
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST)
        }
        var signature = [UInt8](repeating: 0, count: 1024)
        var count = signature.count
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { return [] }
        return Array(signature[..<count])
    }

    /// The public key as a JSON Web Key, with more members or other ones.
    /// - Parameters:
    ///   - id: its `kid`; nil for none.
    ///   - more: members that replace those of the same name.
    public func jwk(id: String?, _ more: JSON = [:]) -> JSON {
        var members = JSON.object(JSONObject()).object ?? JSONObject()
        members["kty"] = "RSA"
        members["n"] = .string(Base64.url(number("n")))
        members["e"] = .string(Base64.url(number("e")))
        if let id { members["kid"] = .string(id) }
        for member in more.object?.members ?? [] { members[member.name] = member.value }
        return .object(members)
    }

    /// The public key as PEM text (RFC 7468).
    public var publicPEM: [UInt8] { written { PEM_write_bio_PUBKEY($0, key) } }
    /// The public key as a SubjectPublicKeyInfo (RFC 5280).
    public var publicDER: [UInt8] { written { i2d_PUBKEY_bio($0, key) } }

    private func number(_ name: String) -> [UInt8] {
        var value: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &value) == 1 else { return [] }
        defer { BN_free(value) }
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(value) + 7) / 8)
        BN_bn2bin(value, &bytes)
        return bytes
    }

    private func written(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
        let output = BIO_new(BIO_s_mem())
        defer { BIO_free(output) }
        guard write(output) == 1 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        return Array(bytes[..<max(0, Int(count))])
    }
}

/// Base64 in the varieties that attacks need.
public enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// base64url without padding (RFC 4648 section 5).
    public static func url(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let group = bytes[index..<min(index + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32((3 - group.count) * 8)
            for digit in 0...group.count { text.append(letters[Int(bits >> UInt32(18 - digit * 6) & 63)]) }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The next letter of the alphabet in place of the last one: other bits behind the last whole byte, or other ones.
    public static func withOtherLastLetter(_ text: String) -> String {
        guard let last = text.utf8.last, let index = letters.firstIndex(of: last) else { return text }
        return text.dropLast() + String(UnicodeScalar(letters[index ^ 1]))
    }
}
