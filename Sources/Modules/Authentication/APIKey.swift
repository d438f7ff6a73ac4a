import Kernel

/// One configured key and whom it stands for.
struct APIKey: Sendable {
    let secret: Secret
    let principal: Principal
    /// The roles that the configuration gives it.
    let given: [Role]
    /// Where it stands: `modules.authentication.apiKeys[0]`, and in which file or variable.
    private let place: (path: String, origin: String?)
    private let isNamed: Bool

    /// What a key has at least that has a name. Those without one are as old as the keys of this service, and some are
    /// shorter.
    private static let leastLength = 16

    /// - Parameters:
    ///   - entry: a text, or an object with `name`, `key` and `roles`.
    ///   - earlier: those that stand before it in the list.
    /// - Returns: nil, and problems, for an entry that is no good.
    init?(reading entry: SecretEntry, beside earlier: [APIKey]) {
        let section = entry.section
        isNamed = entry.text == nil
        if let text = entry.text {
            secret = text
            given = [.service]
            // By its place, so that the log tells which of two keys is still in use.
            principal = Principal(service: "key \(earlier.count + 1)")
        } else {
            let name = section.string("name", "By which the log knows the holder of the key") ?? ""
            secret = section.secret("key", "The key") ?? Secret("")
            given = section.strings("roles", default: [Role.service.rawValue], "What its holder is").map { Role($0) }
            principal = Principal(service: name, roles: Roles(given + [.viewer]))
        }
        place = (section.path, section.origin(of: isNamed ? "roles" : ""))

        let problems = problems(beside: earlier)
        for (key, what, remedy) in problems { section.problem(key, what, remedy: remedy) }
        guard problems.isEmpty else { return nil }
    }

    /// What is wrong with it: of which key of the object, or of the whole.
    private func problems(beside earlier: [APIKey]) -> [(key: String, what: String, remedy: String)] {
        var problems: [(key: String, what: String, remedy: String)] = []
        if isNamed {
            if !principal.name.isPlainName {
                let what = principal.name.isEmpty ? "is required" : "cannot name the holder of a key in the log"
                problems.append(("name", what, "give it 1 to 64 letters, digits, '.', '_' and '-', such as executor"))
            } else if let other = earlier.first(where: { $0.principal.name.isExactly(principal.name) }) {
                problems.append(
                    ("name", "is \(principal.name), as \(other.place.path) is called", "give each key its own name"))
            }
            if given.isEmpty {
                problems.append(("roles", "gives no role", "name one at least, such as service, or remove roles"))
            } else if given.contains(.administrator) {
                problems.append(
                    (
                        "roles", "makes an administrator of a key; administrators are persons, who have tokens",
                        "write operator or service"
                    ))
            }
        }
        let field = isNamed ? "key" : ""
        let key = secret.reveal()
        if key.isEmpty {
            problems.append((field, isNamed ? "is required" : "is an empty key", "give it a key, or remove the entry"))
        } else if isNamed, key.utf8.count < Self.leastLength {
            let count = key.utf8.count
            problems.append(
                (field, "has \(count) bytes, fewer than \(Self.leastLength)", "make one: openssl rand -hex 24"))
        } else if let other = earlier.first(where: { $0.secret.reveal().isExactly(key) }) {
            problems.append(
                (field, "is the same key as that of \(other.place.path)", "give each holder a key of its own"))
        }
        return problems
    }

    func unknownRole(_ role: Role, among roles: [Role]) -> BootIssue {
        let possible = roles.filter { $0 != .administrator }.map(\.rawValue).joined(separator: ", ")
        return BootIssue(
            .configuration, "\(place.path).roles: \(role.rawValue.excerpt) is no role of this stack",
            origin: place.origin, remedy: "choose among \(possible)")
    }

    /// Whether it is easier to guess than it should be.
    fileprivate var isShort: Bool { secret.reveal().utf8.count < Self.leastLength }
}

extension [APIKey] {
    /// Tells of keys that are accepted and should not stay.
    func warn(_ log: Logger) {
        for key in self where key.isShort {
            log.warning(
                "the API key of \(key.principal) has fewer than 16 bytes and may be guessed; "
                    + "make a longer one: openssl rand -hex 24")
        }
    }
}
