import Kernel

/// Verifies tokens: signature, then claims.
struct TokenVerifier: Sendable {
    private let keys: KeyStore
    private let worker: WorkerThread
    private let rules: ClaimRules
    private let cache = TokenCache(capacity: 2048)
    private var fetchesKeys = true

    /// The same one, but for a key that is not at hand a token is refused at once: nothing is fetched or waited for.
    var withKeysAtHand: TokenVerifier {
        var other = self
        other.fetchesKeys = false
        return other
    }

    init(keys: KeyStore, worker: WorkerThread, rules: ClaimRules) {
        self.keys = keys
        self.worker = worker
        self.rules = rules
    }

    /// The claims of a token that was presented as one of `kind`.
    /// - Parameter trace: of the request that brought it.
    /// - Throws: 401 for a token that is not acceptable; 503 if that cannot be told now.
    func verify(_ text: String, as kind: TokenKind, for trace: TraceContext?) async throws -> TokenClaims {
        do {
            let claims = try await verifiedClaims(text, kind, trace)
            try rules.check(claims, at: .now)
            return claims
        } catch let refusal as TokenRefusal {
            throw HTTPError.invalidToken("the \(kind.name) token is refused, \(refusal.reason)")
        } catch is WorkerThread.Busy {
            throw HTTPError.verifierBusy
        }
    }

    private func verifiedClaims(_ text: String, _ kind: TokenKind, _ trace: TraceContext?) async throws -> TokenClaims {
        guard text.utf8.count <= SignedToken.maximumLength, let digest = TokenDigest(text, as: kind) else {
            throw TokenRefusal("it is too long")
        }
        let generation = keys.generation
        if let claims = cache.claims(of: digest, generation: generation) { return claims }
        let token = try SignedToken(text)
        let candidates =
            fetchesKeys ? try await keys.keys(token.keyID, for: trace) : keys.atHand(token.keyID)
        guard !candidates.isEmpty else { throw TokenRefusal("its key is not known") }
        let claims = try await worker.run {
            guard candidates.contains(where: { $0.verifies(token) }) else {
                throw TokenRefusal("its signature is wrong")
            }
            return try TokenClaims(token.payload, kind: kind)
        }
        cache.add(claims, of: digest, generation: generation)
        return claims
    }
}
