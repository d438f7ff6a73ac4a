/// Who makes a request: what they are, what they are called, and which roles they have.
///
/// Nothing of it is a secret: keys and tokens end with the authentication module, so that logs, events and documents may
/// say who it was.
///
/// A class, since it goes along with a request, its response and its line in the log: one reference instead of seven.
public final class Principal: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A person who has proved to be one of the service's administrators.
        case administrator
        /// A program that has proved which one it is.
        case service
        /// Somebody on the machine who may use the storage itself, and acts through the control socket or a command.
        case `operator`
        /// Whoever reaches the service and has proved nothing, because nothing was asked for.
        case anonymous
    }

    public let kind: Kind
    /// Tells it from all others of its kind, for programs: a user's id, or the name of a key.
    public let id: String
    /// For people.
    public let name: String
    public let roles: Roles
    /// The person on whose behalf requests are made; nil if it is no person.
    public let user: User?

    public init(_ kind: Kind, id: String, name: String, roles: Roles, user: User? = nil) {
        self.kind = kind
        self.id = id
        self.name = name
        self.roles = roles
        self.user = user
    }

    /// A person who has proved to be an administrator.
    public convenience init(_ user: User, roles: Roles = [.administrator, .viewer]) {
        let name = [user.firstName, user.lastName].filter { !$0.isEmpty }.joined(separator: " ")
        self.init(.administrator, id: user.id, name: name, roles: roles, user: user)
    }

    /// A program that has proved which one it is.
    /// - Parameter name: by which operators know it.
    public convenience init(service name: String, roles: Roles = [.service, .viewer]) {
        self.init(.service, id: name, name: name, roles: roles)
    }

    /// Whoever has proved nothing.
    /// - Parameters:
    ///   - roles: those that nobody has to prove.
    ///   - user: in whose name such requests are made, if they may be made in somebody's.
    public convenience init(anonymousWith roles: Roles, user: User? = nil) {
        self.init(.anonymous, id: "", name: "", roles: roles, user: user)
    }
}

extension Principal {
    /// Has proved nothing and may do nothing but what is for anyone.
    public static let nobody = Principal(anonymousWith: [])

    /// Whoever reaches a service that asks nobody for anything: everybody may do everything, posting in the name of the
    /// test user.
    public static let anybody = Principal(anonymousWith: .every, user: .test)

    /// Somebody who could change the storage itself. Posting in an administrator's name takes that administrator's
    /// proof all the same.
    public static let `operator` = Principal(
        .operator, id: "operator", name: "", roles: .every(but: [.administrator]))
}

extension Principal: Hashable {
    public static func == (a: Principal, b: Principal) -> Bool {
        a === b
            || a.kind == b.kind && a.id.isExactly(b.id) && a.name.isExactly(b.name) && a.roles == b.roles
                && a.user == b.user
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(ExactText(id))
    }
}

extension Principal: CustomStringConvertible {
    /// For a sentence of the log: `service executor`, `administrator "Kari Nordmann" (7f0c2b1e-…)`, `operator`.
    public var description: String {
        switch kind {
        case .anonymous: "nobody"
        case .operator: "operator"
        case .service: "service \(name)"
        case .administrator: "administrator \(name.excerpt) (\(id.utf8.count <= 64 ? id : id.excerpt))"
        }
    }
}
