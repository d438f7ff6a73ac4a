import Kernel

/// Who may write: administrators prove themselves with signed tokens in cookies, services with an API key.
///
/// Signatures are verified by OpenSSL itself (EVP_DigestVerify). Debian 12's JOSE library, cjose 0.6.2.1, would verify
/// the same signatures over the same OpenSSL, but its reading of tokens is too lenient for a door: it was seen to
/// accept a header that names `alg` twice (first `none`), an unknown `crit`, a padded or non-canonical base64url
/// signature, PS256 with a key meant for RS256, and 1024-bit keys. All of that would have to be parsed and refused
/// here before cjose parses the token again with another parser, so it would only add a second opinion of what a
/// token says. What is verified here is exactly the bytes that were parsed.
public struct AuthenticationModule: Module {
    public static let manifest = Manifest(id: "authentication", summary: "Who may write")

    private let configuration: AuthenticationConfiguration

    public init(configuration: AuthenticationConfiguration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        let tokens = try tokens(kernel)
        let apiKeys = Reloadable(APIKeys(configuration.apiKeys))
        configuration.apiKeys.warn(kernel.log)
        kernel.reload { [log = kernel.log] (changed: AuthenticationConfiguration) in
            apiKeys.replace(by: APIKeys(changed.apiKeys))
            changed.apiKeys.warn(log)
            if changed.apiKeys.isEmpty {
                log.warning("there are no API keys any more: whoever reaches this service can update jobs")
            }
        }
        kernel.offer(.keySessions, KeySessions(keys: apiKeys))
        kernel.offer(.accessControl, Authenticator(tokens: tokens, keys: apiKeys, log: kernel.log))
    }

    /// What verifies tokens; nil where they are not asked for.
    private func tokens(_ kernel: any Registrar) throws -> TokenVerifier? {
        guard configuration.isTokenRequired, let url = configuration.keysURL else { return nil }
        let keys = KeyStore(
            fetcher: KeyFetcher(
                url: url, certificates: configuration.certificates, timeout: configuration.fetchTimeout,
                userAgent: kernel.identity.service),
            lifetime: configuration.keyLifetime, log: kernel.log, metrics: kernel.metrics)
        let worker = WorkerThread("token verifier", limit: 4096)
        let audience = kernel.identity.stack == "qa" ? "datastore-qa" : "datastore"
        kernel.check(HealthCheck("signing keys") { try keys.checkHealth() })
        kernel.service(TokenService(keys: keys, worker: worker))
        return TokenVerifier(
            keys: keys, worker: worker, rules: ClaimRules(audience: audience, leeway: configuration.leeway))
    }
}

/// Runs the threads that fetch keys and verify signatures.
private struct TokenService: Service {
    let name = "token verification"
    let keys: KeyStore
    let worker: WorkerThread

    func start() async throws {
        try worker.start()
        try keys.start()
    }

    func stop() async {
        keys.stop()
        worker.stop()
    }
}
