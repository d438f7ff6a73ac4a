/// Decides who may call the routes that are not for anyone; offered by the authentication module.
public protocol AccessControl: Sendable {
    /// Whether a route for administrators asks for no proof, so that anyone may post. The service then warns, and
    /// listens beyond the machine only with `http.allowUnauthenticated`.
    var isOpen: Bool { get }

    /// Admits the request, setting its `user` where `access` asks for one, or throws 401 or 403 (503 if that cannot
    /// be decided at the moment).
    func admit(_ request: inout Request, to access: Access) async throws
}

extension Capability<any AccessControl> {
    public static var accessControl: Self { Self("access control") }
}

extension User {
    /// Who posts where nobody has to prove who they are.
    public static let test = User(id: "1234-1234-1234-1234", firstName: "Test", lastName: "User")
}

/// Admits everyone, as the test user where a user is asked for: for stacks that run without the authentication
/// module.
public struct OpenAccess: AccessControl {
    public init() {}

    public var isOpen: Bool { true }

    public func admit(_ request: inout Request, to access: Access) {
        if access == .administrator { request.user = .test }
    }
}
