import COpenSSL
import Kernel

/// The API keys of which a service must send one; none are asked for where none are configured.
struct APIKeys: Sendable {
    /// SHA-256 of each key, so that comparing takes the same time whatever was sent, its length included.
    private let holders: [(digest: [UInt8], principal: Principal)]
    let isAskedFor: Bool

    init(_ keys: [APIKey]) {
        isAskedFor = !keys.isEmpty
        holders = keys.compactMap { key in SHA256.digest(of: key.secret.reveal()).map { ($0, key.principal) } }
    }

    /// Who sends one of the keys.
    /// - Parameter value: that of the `X-API-Key` field.
    func holder(of value: String) -> Principal? {
        guard let digest = SHA256.digest(of: value) else { return nil }
        // Every key is looked at, so that the time does not tell which one it was.
        return holders.reduce(nil) { found, holder in
            CRYPTO_memcmp(holder.digest, digest, digest.count) == 0 ? holder.principal : found
        }
    }
}

/// One configured key and whom it stands for.
struct APIKey: Sendable {
    let secret: Secret
    let principal: Principal

    /// A key of which nothing is known but its place among the others, from 1 on.
    init(_ secret: Secret, place: Int) {
        self.secret = secret
        principal = Principal(service: "key \(place)")
    }
}

extension [Secret] {
    var asKeys: [APIKey] { enumerated().map { APIKey($1, place: $0 + 1) } }
}
