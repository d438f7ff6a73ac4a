import COpenSSL
import Kernel

/// What the holder of a lease proves itself with: 128 bits that nobody else can know, of which only a digest is kept.
///
/// It is made of the claim's id and of random bits that are kept with the lease. Neither is enough: who reads the
/// database lacks the id, of which it has a digest, and a client lacks the bits. A repeated claim gets the same token.
struct LeaseToken: Sendable {
    let text: String
    let digest: String

    init(_ text: String) throws {
        self.text = text
        digest = try SHA256.hexadecimal(of: text)
    }

    init(ofClaim id: String, salt: String) throws {
        try self.init(String(SHA256.hexadecimal(of: "\(salt):\(id)").prefix(32)))
    }

    /// 128 random bits.
    static func salt() -> String { (0..<2).map { _ in UInt64.random(in: .min ... .max).digits }.joined() }
}

/// SHA-256 by OpenSSL, as 64 hexadecimal digits.
enum SHA256 {
    static func hexadecimal(of text: String) throws -> String {
        var text = text
        var digest = [UInt8](repeating: 0, count: 32)
        guard text.withUTF8({ copenssl_sha256($0.baseAddress, $0.count, &digest) }) == 1 else {
            throw StoreError.misuse("OpenSSL makes no SHA-256")
        }
        return digest.map { $0.digits }.joined()
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    fileprivate var digits: String {
        let text = String(self, radix: 16)
        return String(repeating: "0", count: Self.bitWidth / 4 - text.utf8.count) + text
    }
}

extension Request {
    /// The token that an executor's update carries; nil if it has none.
    /// - Throws: `HTTPError` 400 if there are several.
    func leaseToken() throws -> LeaseToken? {
        let values = headers.values(of: "X-Lease-Token")
        guard let value = values.first else { return nil }
        guard values.count == 1, (1...LeaseBody.longestToken).contains(value.utf8.count) else {
            throw HTTPError(
                .badRequest, code: "dispatch.token-malformed",
                message: "X-Lease-Token must be given once, with the token of the lease as it was granted")
        }
        return try LeaseToken(value)
    }
}
