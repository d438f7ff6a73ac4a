/// The access control for requests that come in through the control socket or from a command that has opened the
/// storage itself. Both take the right to write the database's file (or MongoDB's password), with which one could change
/// everything anyway: such a caller needs no API key. Posting in an administrator's name takes that administrator's
/// tokens all the same.
struct OperatorAccess: AccessControl {
    let service: any AccessControl

    var isOpen: Bool { service.isOpen }

    func principal(of request: Request, to access: Access) async throws -> Principal {
        if access.admits(.operator) { return .operator }
        return try await service.principal(of: request, to: access)
    }
}
