import Kernel

/// Logins for tests of a service with the authentication module: what the service is configured with, and what
/// requests send to be somebody. The tokens are real ones, which the service verifies with keys that it fetches.
///
/// ```swift
/// try await withLogins { logins in
///     try await withApplication(modules: […], drivers: […], environment: logins.environment) { client in
///         _ = try await client.post("/notes", note, headers: logins.administrator())
/// ```
public struct Logins: Sendable {
    /// Signs the tokens.
    public let issuer: TokenIssuer
    /// Publishes the issuer's key.
    public let keySet: KeySetServer
    /// The keys that the service knows, by the names of their holders.
    private let keys: [String: [Role]]

    init(_ keys: [String: [Role]]) throws {
        issuer = try TokenIssuer.shared.get()
        keySet = try KeySetServer(.keys([issuer.key.jwk(id: "key-1")]))
        self.keys = keys
    }

    /// The variables that turn authentication on.
    public var environment: [String: String] {
        let entries: [JSON] = keys.sorted { $0.key < $1.key }.map { name, roles in
            [
                "name": .string(name), "key": .string(Self.key(of: name)),
                "roles": .array(roles.map { .string($0.rawValue) }),
            ]
        }
        return ["JWKS_URL": keySet.url, "API_KEYS": JSON.array(entries).text]
    }

    /// The headers of an administrator: the two cookies.
    /// - Parameters:
    ///   - id: of the user.
    ///   - firstName: of the user.
    ///   - lastName: of the user.
    public func administrator(
        id: String = TokenIssuer.userID, firstName: String = "Kari", lastName: String = "Nordmann"
    ) -> [String: String] {
        let authorization = issuer.authorization(["user/uuid": .string(id)])
        let userInfo = issuer.userInfo([
            "user/uuid": .string(id), "user/firstName": .string(firstName), "user/lastName": .string(lastName),
        ])
        return ["Cookie": "authorization=\(authorization); user-info=\(userInfo)"]
    }

    /// The headers of the holder of a key.
    /// - Parameter name: one of those that `withLogins` was given; any other one has a key that the service does not
    ///   know.
    public func service(_ name: String = "service") -> [String: String] {
        ["X-API-Key": Self.key(of: name)]
    }

    private static func key(of name: String) -> String { "a key for tests of \(name)" }
}

/// Runs an issuer of tokens for the time of `body`.
/// - Parameters:
///   - keys: the holders of API keys and their roles; by default one that is called `service` and is one.
///   - body: what is done with the logins; the service whose `environment` has them is to end before it does.
/// - Throws: what `body` throws, and whatever keeps the issuer from starting.
public func withLogins<R: Sendable>(
    _ keys: [String: [Role]] = ["service": [.service]], _ body: (Logins) async throws -> R
) async throws -> R {
    let logins = try Logins(keys)
    do {
        let result = try await body(logins)
        await logins.keySet.stop()
        return result
    } catch {
        await logins.keySet.stop()
        throw error
    }
}
