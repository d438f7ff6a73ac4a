import COpenSSL
import Kernel

/// The API keys of which a service must send one; none are asked for where none are configured.
struct APIKeys: Sendable {
    /// SHA-256 of each key, so that comparing takes the same time whatever was sent, its length included.
    private let holders: [(digest: [UInt8], principal: Principal)]
    let isAskedFor: Bool
    private let keys: [APIKey]

    init(_ keys: [APIKey]) {
        self.keys = keys
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

    /// The key whose session that is.
    func key(ofSession session: String) -> String? {
        keys.reduce(nil) { found, key in
            let text = key.secret.reveal()
            guard let own = KeySessions.session(of: text), own.utf8.count == session.utf8.count else { return found }
            return CRYPTO_memcmp(Array(own.utf8), Array(session.utf8), own.utf8.count) == 0 ? text : found
        }
    }

    /// The keys with roles that nobody else on this stack knows: they would silently open nothing.
    func issues(knowing roles: [Role]) -> [BootIssue] {
        keys.flatMap { key in key.given.filter { !roles.contains($0) }.map { key.unknownRole($0, among: roles) } }
    }
}
