/// What somebody may be to a service. Routes name the roles that they admit; authentication modules say which ones a
/// request has. Modules may have roles of their own: `extension Role { static let auditor = Role("auditor") }`.
public struct Role: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public init(_ name: String) {
        self.init(rawValue: name)
    }

    public var description: String { rawValue }

    public static func == (a: Self, b: Self) -> Bool { a.rawValue.isExactly(b.rawValue) }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(rawValue)) }
}

extension Role {
    /// Looks, and changes nothing.
    public static let viewer = Role("viewer")
    /// Runs the service: pauses it, tidies up.
    public static let `operator` = Role("operator")
    /// A person who answers for what is done in their name.
    public static let administrator = Role("administrator")
    /// A program that works with the service.
    public static let service = Role("service")

    /// Those that the kernel names.
    public static let known: [Role] = [.viewer, .operator, .administrator, .service]
}

/// The roles of a principal: some, or every one that any route names.
public struct Roles: Sendable, Hashable, ExpressibleByArrayLiteral {
    private let named: Set<Role>
    /// Whether `named` are those that it lacks.
    private let isComplement: Bool

    public init(_ roles: some Sequence<Role>) {
        named = Set(roles)
        isComplement = false
    }

    public init(arrayLiteral roles: Role...) {
        self.init(roles)
    }

    private init(complementOf roles: Set<Role>) {
        named = roles
        isComplement = true
    }

    public static let every = every(but: [])

    public static func every(but roles: Set<Role>) -> Roles { Roles(complementOf: roles) }

    public func contains(_ role: Role) -> Bool { named.contains(role) != isComplement }
}
