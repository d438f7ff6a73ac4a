import Kernel

/// The section `modules.authentication`.
public struct AuthenticationConfiguration: ModuleConfiguration {
    /// Whether administrators must prove who they are.
    let isTokenRequired: Bool
    let keysURL: String?
    let certificates: String?
    let keyLifetime: Duration
    let fetchTimeout: Duration
    let leeway: Duration
    let apiKeys: [APIKey]

    public init(reading section: ConfigurationSection) {
        let choice = section.boolean(
            "jwtAuth", variable: "JWT_AUTH",
            "Whether posting jobs takes an administrator's tokens; by default if jwksURL is set")
        keysURL = section.string(
            "jwksURL", variable: "JWKS_URL",
            "Where the keys that tokens are signed with are published, as a JSON Web Key Set; http or https")
        certificates = section.string(
            "caFile", "A PEM file of the certificate authorities to trust for jwksURL, instead of the system's")
        keyLifetime = section.duration(
            "keyLifetime", default: .seconds(3000), in: .seconds(1) ... .seconds(86_400),
            "After how long the keys are fetched again; if that fails, those that are known go on serving")
        fetchTimeout = section.duration(
            "fetchTimeout", default: .seconds(5), in: .milliseconds(100) ... .seconds(25),
            "How long fetching the keys may take")
        leeway = section.duration(
            "leeway", default: .seconds(60), in: .zero ... .seconds(600),
            "By how much the clocks of this service and of the issuer of tokens may differ")
        var earlier: [APIKey] = []
        let keys = section.reloadable.secrets(
            "apiKeys", variables: ["API_KEYS", "API_KEY"],
            "Keys of which a service must send one as X-API-Key where it writes; several for rotation, none to ask "
                + "for none. Each is a text, or an object with `name` (by which the log knows its holder), `key` and "
                + "`roles` (by default service)"
        ) { entry in
            let key = APIKey(reading: entry, beside: earlier)
            if let key { earlier.append(key) }
            return key
        }
        apiKeys = (keys ?? []).compactMap(\.self)
        isTokenRequired = choice ?? (keysURL?.isEmpty == false)
        if isTokenRequired { checkURL(section) }
    }

    private func checkURL(_ section: ConfigurationSection) {
        guard let keysURL, !keysURL.isEmpty else {
            section.problem(
                "jwksURL", "is required, since JWT_AUTH turns authentication on",
                remedy: "set JWKS_URL to where the issuer of tokens publishes its keys, or set JWT_AUTH=false")
            return
        }
        let scheme = ["http://", "https://"].first { keysURL.lowercased().hasPrefix($0) }
        let isVisible = keysURL.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        if !isVisible || keysURL.utf8.count <= scheme?.utf8.count ?? .max {
            section.problem(
                "jwksURL", "is no http or https URL",
                remedy: "write it as https://HOST/PATH; other schemes are not read")
        }
    }
}
