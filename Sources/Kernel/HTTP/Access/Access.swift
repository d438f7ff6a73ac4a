/// Who may call a route: anyone, or whoever has one of some roles: `[.service, .administrator]`.
///
/// The first role is the one that the route is for. Where nobody has to prove that one (a stack without API keys asks
/// no service who it is), the route is open to everybody. A further role admits only those who have proved it: that
/// nobody has to prove to be an administrator opens no door that an API key keeps shut.
public struct Access: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// Whoever reaches the service.
    public static let anyone = Access(nil)

    /// The roles that are admitted, the one that the route is for first; nil if it takes none.
    public let roles: [Role]?

    public init(arrayLiteral roles: Role...) {
        self.init(roles)
    }

    public init(_ roles: [Role]?) {
        self.roles = roles
    }

    public func admits(_ principal: Principal) -> Bool {
        guard let roles else { return true }
        guard principal.kind != .anonymous else { return roles.first.map(principal.roles.contains) ?? false }
        return roles.contains(where: principal.roles.contains)
    }

    /// - Throws: 403 if `principal` has none of the roles, naming them.
    func check(_ principal: Principal) throws(HTTPError) {
        guard !admits(principal) else { return }
        throw HTTPError(
            .forbidden, code: "access.role-missing",
            message: "Forbidden. This takes the role \(words), which the caller does not have")
    }

    /// For a sentence: `service, operator or administrator`.
    var words: String {
        let names = (roles ?? []).map(\.rawValue)
        guard let last = names.last, names.count > 1 else { return names.last ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension Access: CustomStringConvertible {
    /// For a table: `anyone`, or `service,administrator`.
    public var description: String { roles.map { $0.map(\.rawValue).joined(separator: ",") } ?? "anyone" }
}
