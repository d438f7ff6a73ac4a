import Kernel

/// The access control of a stack with the authentication module: administrators prove themselves with tokens in cookies,
/// services with a key.
struct Authenticator: AccessControl {
    /// nil where tokens are not asked for.
    let tokens: TokenVerifier?
    let keys: Reloadable<APIKeys>
    let log: Logger

    var isOpen: Bool { tokens == nil }

    func issues(knowing roles: [Role]) -> [BootIssue] { keys.value.issues(knowing: roles) }

    /// Who it is where the route is open, is looked for all the same, so that the log can tell; but nobody is turned
    /// away for it, and nobody waits for keys that would have to be fetched first.
    func principal(of request: Request, to access: Access) async throws -> Principal {
        let proofs = Proofs(tokens: tokens, keys: keys.value, access: access)
        let unproved = proofs.unproved
        do {
            if access.admits(unproved) {
                guard let known = try? await proofs.principal(of: request, fetchingKeys: false), access.admits(known)
                else {
                    return unproved
                }
                return known
            }
            return try await proofs.demanded(of: request)
        } catch let error as HTTPError {
            log.with(request).debug("refused: \(error.message)")
            throw error
        }
    }
}

/// The proofs that a stack knows, as far as they are worth looking at for one route.
struct Proofs {
    private let tokens: TokenVerifier?
    private let keys: APIKeys
    /// What each kind of proof may give: whether the route admits any of it.
    private let takesTokens: Bool
    private let takesKeys: Bool

    init(tokens: TokenVerifier?, keys: APIKeys, access: Access) {
        self.tokens = tokens
        self.keys = keys
        let roles = access.roles ?? []
        takesTokens = tokens != nil && roles.contains { $0 == .administrator || $0 == .viewer }
        takesKeys = keys.isAskedFor && roles.contains { $0 != .administrator }
    }

    /// Who has proved nothing, with the roles that this stack asks nobody to prove.
    var unproved: Principal {
        switch (tokens == nil, keys.isAskedFor) {
        case (true, false): .anybody
        case (true, true): Self.anyAdministrator
        case (false, false): Self.anyService
        case (false, true): .nobody
        }
    }

    private static let anyAdministrator = Principal(anonymousWith: [.administrator], user: .test)
    private static let anyService = Principal(anonymousWith: [.service])

    /// Who has proved who they are; nil for whoever has not tried to.
    /// - Parameter fetchesKeys: whether keys that are not at hand are worth waiting for.
    /// - Throws: 401 for a proof that is wrong, 503 for one that cannot be looked at now.
    func principal(of request: Request, fetchingKeys fetchesKeys: Bool = true) async throws -> Principal? {
        if takesKeys {
            let values = request.headers.values(of: "X-API-Key")
            if let value = values.first, !value.isEmpty {
                guard values.count == 1, let holder = keys.holder(of: value) else { throw HTTPError.wrongAPIKey }
                return holder
            }
        }
        guard takesTokens, let tokens else { return nil }
        let cookies = AdministratorCookies(request)
        return cookies.areThere
            ? Principal(try await cookies.user(fetchesKeys ? tokens : tokens.withKeysAtHand, for: request.trace)) : nil
    }

    /// Who has proved who they are.
    /// - Throws: 401 also for whoever has not tried to, naming the proof that the route is for.
    func demanded(of request: Request) async throws -> Principal {
        if let principal = try await principal(of: request) { return principal }
        if takesKeys { throw HTTPError.noAPIKey }
        if takesTokens { throw HTTPError.noAuthorizationToken }
        return unproved
    }
}
