import COpenSSL
import Kernel
import Synchronization

/// The claims of tokens whose signature has been verified, by the SHA-256 digest of the token, so that a burst of
/// requests with one token pays for RSA once. Only good tokens get in; at most two times `capacity` of them stay.
final class TokenCache: Sendable {
    private struct Entry {
        let claims: TokenClaims
        let generation: Int
    }

    /// Two generations: when the younger is full it becomes the older, and what nobody has used since is dropped.
    private struct State {
        var young: [TokenDigest: Entry] = [:]
        var old: [TokenDigest: Entry] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// - Parameter generation: that of the keys in force; what other keys have verified does not count.
    func claims(of token: TokenDigest, generation: Int) -> TokenClaims? {
        state.withLock { state in
            if let entry = state.young[token] { return entry.generation == generation ? entry.claims : nil }
            guard let entry = state.old[token], entry.generation == generation else { return nil }
            add(entry, token, &state)
            return entry.claims
        }
    }

    func add(_ claims: TokenClaims, of token: TokenDigest, generation: Int) {
        state.withLock { add(Entry(claims: claims, generation: generation), token, &$0) }
    }

    private func add(_ entry: Entry, _ token: TokenDigest, _ state: inout State) {
        if state.young.count >= capacity {
            state.old = state.young
            state.young = [:]
        }
        state.young[token] = entry
    }
}

/// The SHA-256 digest of a token and of what it was presented as.
struct TokenDigest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)
    private let kind: TokenKind

    /// nil if the library has no memory to compute it.
    init?(_ token: String, as kind: TokenKind) {
        guard let digest = SHA256.digest(of: token) else { return nil }
        func word(_ index: Int) -> UInt64 {
            digest[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
        self.kind = kind
    }

    static func == (a: Self, b: Self) -> Bool { a.words == b.words && a.kind == b.kind }

    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// SHA-256 by OpenSSL (EVP_Digest).
enum SHA256 {
    static func digest(of text: String) -> [UInt8]? {
        var text = text
        var digest = [UInt8](repeating: 0, count: 32)
        let isDone = text.withUTF8 { copenssl_sha256($0.baseAddress, $0.count, &digest) }
        return isDone == 1 ? digest : nil
    }
}
