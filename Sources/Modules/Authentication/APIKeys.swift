import COpenSSL
import Kernel

/// The API keys of which a service must send one; none are asked for where none are configured.
struct APIKeys: Sendable {
    /// SHA-256 of each key, so that comparing takes the same time whatever was sent, its length included.
    private let digests: [[UInt8]]
    private let isAskedFor: Bool

    init(_ keys: [Secret]) {
        isAskedFor = !keys.isEmpty
        digests = keys.compactMap { SHA256.digest(of: $0.reveal()) }
    }

    /// - Parameter values: those of the `X-API-Key` fields.
    /// - Throws: 401 unless it is one field with one of the keys.
    func check(_ values: [String]) throws(HTTPError) {
        guard isAskedFor else { return }
        guard let value = values.first, !value.isEmpty else { throw .noAPIKey }
        guard values.count == 1, let digest = SHA256.digest(of: value) else { throw .wrongAPIKey }
        // Every key is looked at, so that the time does not tell which one it was.
        let matches = digests.reduce(0) { $0 + (CRYPTO_memcmp($1, digest, digest.count) == 0 ? 1 : 0) }
        guard matches > 0 else { throw .wrongAPIKey }
    }
}
