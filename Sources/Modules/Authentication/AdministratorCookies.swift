import Kernel

/// The two tokens with which a browser's user proves to be a data administrator.
struct AdministratorCookies {
    private static let names = ["authorization", "user-info"]
    /// The one role of the issuer's that makes an administrator.
    private static let role = "role/dataadministrator"

    private let cookies: RequestCookies

    init(_ request: Request) {
        cookies = RequestCookies(request.headers.values(of: "Cookie"))
    }

    /// Whether there is any of them.
    var areThere: Bool { Self.names.contains { !cookies[$0].isEmpty } }

    /// Whom they prove.
    /// - Parameter trace: of the request that brought them.
    /// - Throws: 401, or 503 if that cannot be told now.
    func user(_ tokens: TokenVerifier, for trace: TraceContext?) async throws -> User {
        guard let authorization = cookies["authorization"].first else { throw HTTPError.noAuthorizationToken }
        guard let userInfo = cookies["user-info"].first else { throw HTTPError.noUserInfoToken }
        for name in Self.names where cookies[name].count > 1 {
            throw HTTPError.invalidToken("the cookie \(name) was sent more than once")
        }
        let bearer = try await tokens.verify(authorization, as: .authorization, for: trace)
        let user = try await tokens.verify(userInfo, as: .userInfo, for: trace)
        let role = bearer[.role]
        guard role.isExactly(Self.role) else { throw HTTPError.wrongRole(role.shortened) }
        guard bearer[.userID].isExactly(user[.userID]) else { throw HTTPError.tokenMismatch }
        return User(id: user[.userID], firstName: user[.firstName], lastName: user[.lastName])
    }
}

extension String {
    /// The text for a message, which is no place for a long one.
    fileprivate var shortened: String { utf8.count <= 200 ? self : String(prefix(100)) + "…" }
}
