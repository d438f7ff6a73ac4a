import Kernel

/// The access control of a stack with the authentication module.
struct Authenticator: AccessControl {
    /// The one role that may post jobs.
    private static let role = "role/dataadministrator"

    /// nil where tokens are not asked for.
    let tokens: TokenVerifier?
    let keys: Reloadable<APIKeys>
    let log: Logger

    var isOpen: Bool { tokens == nil }

    func admit(_ request: inout Request, to access: Access) async throws {
        do {
            switch access {
            case .anyone: break
            case .apiKey: try keys.value.check(request.headers.values(of: "X-API-Key"))
            case .administrator: request.user = try await administrator(request)
            }
        } catch let error as HTTPError {
            log.with(request).debug("refused: \(error.message)")
            throw error
        }
    }

    private func administrator(_ request: Request) async throws -> User {
        guard let tokens else { return .test }
        let cookies = RequestCookies(request.headers.values(of: "Cookie"))
        guard let authorization = cookies["authorization"].first else { throw HTTPError.noAuthorizationToken }
        guard let userInfo = cookies["user-info"].first else { throw HTTPError.noUserInfoToken }
        for name in ["authorization", "user-info"] where cookies[name].count > 1 {
            throw HTTPError.invalidToken("the cookie \(name) was sent more than once")
        }

        let bearer = try await tokens.verify(authorization, as: .authorization, for: request.trace)
        let user = try await tokens.verify(userInfo, as: .userInfo, for: request.trace)
        let role = bearer[.role]
        guard role.isExactly(Self.role) else { throw HTTPError.wrongRole(role.shortened) }
        guard bearer[.userID].isExactly(user[.userID]) else { throw HTTPError.tokenMismatch }
        return User(id: user[.userID], firstName: user[.firstName], lastName: user[.lastName])
    }
}

extension String {
    /// The text for a message, which is no place for a long one.
    var shortened: String { utf8.count <= 200 ? self : String(prefix(100)) + "…" }
}
