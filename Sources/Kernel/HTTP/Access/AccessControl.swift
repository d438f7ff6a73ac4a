/// Says who makes a request; offered by the authentication module. Whether they may is the kernel's to decide, by the
/// roles that the route admits.
public protocol AccessControl: Sendable {
    /// Whether a route for administrators asks for no proof, so that anyone may post. The service then warns, and
    /// listens beyond the machine only with `http.allowUnauthenticated`.
    var isOpen: Bool { get }

    /// Who makes a request to a route that is not for anyone.
    /// - Parameter access: whom the route admits, and hence which proofs are worth looking at.
    /// - Throws: 401 if a proof is asked for and missing or wrong, 503 if that cannot be told at the moment.
    func principal(of request: Request, to access: Access) async throws -> Principal

    /// What keeps the service from starting, once it is known which roles there are.
    /// - Parameter roles: those that the routes of this stack admit, and those that the kernel names.
    func issues(knowing roles: [Role]) -> [BootIssue]
}

extension AccessControl {
    public func issues(knowing roles: [Role]) -> [BootIssue] { [] }
}

extension User {
    /// Who posts where nobody has to prove who they are.
    public static let test = User(id: "1234-1234-1234-1234", firstName: "Test", lastName: "User")
}

/// Lets everybody do everything: for stacks that run without the authentication module.
public struct OpenAccess: AccessControl {
    public init() {}

    public var isOpen: Bool { true }

    public func principal(of request: Request, to access: Access) -> Principal { .anybody }
}
