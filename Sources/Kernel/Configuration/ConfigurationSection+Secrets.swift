/// One of several secrets: a text, or an object that has the secret among its keys.
public struct SecretEntry {
    /// The secret of an entry that is a text.
    public let text: Secret?
    /// Where an object's keys are read and its problems told; its path is `<key>[<index>]`.
    public let section: ConfigurationSection
}

extension ConfigurationSection {
    /// Secrets of which several may hold at once: those of all `variables` together.
    public func secrets(_ key: String, variables: [String] = [], _ help: String) -> [Secret] {
        var (secrets, origin) = gather(key, .list(of: .secret, isSecret: true), variables) { new, known in
            new.filter { !known.contains($0) }
        }
        if secrets.contains(where: { $0.reveal().isEmpty }) {
            report("\(full(key)): holds an empty secret", origin: origin, remedy: "remove it from the list")
            secrets.removeAll { $0.reveal().isEmpty }
        }
        declare(full(key), .list(of: .secret, isSecret: true), default: [], variables, help, secrets, origin)
        return secrets
    }

    /// Secrets of which several may hold at once, those of all `variables` together, each a text or an object with keys
    /// of its own. In the environment the list is JSON text, or texts with commas between them.
    /// - Parameter read: reads one entry; what is wrong with it, and what of it is not read, is told with its place.
    /// - Returns: what `read` made of them; nil if there is a value that is no such list.
    public func secrets<Element>(
        _ key: String, variables: [String] = [], _ help: String, read: (SecretEntry) -> Element
    ) -> [Element]? {
        let before = configuration.problems.count
        let (trees, origin) = gather(key, .secretEntries, variables) { new, known in
            new.filter { entry in !known.contains { entry.text != nil && $0.text == entry.text } }
        }
        declare(full(key), .secretEntries, default: [], variables, help, trees, origin)
        guard configuration.problems.count == before else { return nil }
        return trees.enumerated().map { index, entry in
            let path = "\(full(key))[\(index)]"
            let place = entry.isObject ? entry.unexpanded : ConfigurationTree(.mapping([]), entry.tree.origin)
            let configuration = Configuration(of: place, at: path, in: self.configuration)
            let section = ConfigurationSection(path: path, of: configuration, isActive: isActive)
            let element = read(SecretEntry(text: entry.text.map(Secret.init), section: section))
            configuration.checkKeys()
            if isActive { configuration.problems.forEach(self.configuration.report) }
            return element
        }
    }

    /// The elements of the lists of several variables, whose names are in the order of their strength.
    /// - Parameter add: what of another variable's elements is new.
    private func gather<Item>(
        _ key: String, _ kind: ValueKind<[Item]>, _ variables: [String], add: (_ new: [Item], _ known: [Item]) -> [Item]
    ) -> ([Item], ConfigurationOrigin) {
        var items: [Item] = []
        var origin = ConfigurationOrigin.builtIn
        for group in variables.isEmpty ? [[]] : variables.map({ [$0] }) {
            do throws(BootIssue) {
                let value = try configuration.value(at: full(key), variables: group, mayBeSecret: true)
                guard let value, value.origin != origin else { continue }
                origin = value.origin
                switch kind.parse(value) {
                case .success(let given): items += add(given, items)
                case .failure(let problem):
                    report("\(full(key)): \(problem.what)", origin: origin, remedy: problem.remedy)
                }
            } catch {
                if isActive { configuration.report(error) }
            }
        }
        return (items, origin)
    }
}

/// An element of a list of secrets as it was written.
struct SecretTree {
    let tree: ConfigurationTree

    var text: String? { if case .scalar(let text, _) = tree.content { text } else { nil } }
    var isObject: Bool { if case .mapping = tree.content { true } else { false } }

    /// The object so that its texts are read as they are: only those of the configuration file name variables.
    var unexpanded: ConfigurationTree {
        if case .file = tree.origin { return tree }
        return tree.escapingDollars
    }
}

extension ConfigurationTree {
    fileprivate var escapingDollars: ConfigurationTree {
        let content: Content =
            switch content {
            case .scalar(let text, let style): .scalar(text.replacing("$", with: "$$"), style)
            case .list(let elements): .list(elements.map(\.escapingDollars))
            case .mapping(let members):
                .mapping(members.map { Member(key: $0.key, origin: $0.origin, value: $0.value.escapingDollars) })
            case .null: .null
            }
        return ConfigurationTree(content, origin)
    }
}

extension ValueKind where Value == [SecretTree] {
    static var secretEntries: ValueKind {
        ValueKind(
            name: "list of secret texts or objects",
            parse: { tree in
                switch tree.content {
                case .scalar(let text, .external) where text.utf8.first == UInt8(ascii: "["):
                    return entries(of: text, tree.origin)
                case .scalar, .null, .mapping:
                    let texts = ValueKind<[Secret]>.list(of: .secret, isSecret: true).parse(tree)
                    return texts.map { secrets in
                        secrets.map {
                            SecretTree(tree: ConfigurationTree(.scalar($0.reveal(), .external), tree.origin))
                        }
                    }
                case .list(let elements): return checked(elements)
                }
            },
            write: { "[\($0.map { _ in Redaction.mark }.joined(separator: ", "))]" })
    }

    /// What JSON text in a variable says; nothing of the text gets into a message.
    private static func entries(of text: String, _ origin: ConfigurationOrigin) -> Result<Value, ValueProblem> {
        guard let elements = try? JSON(parsing: Array(text.utf8)).array else {
            return .failure(
                ValueProblem(
                    what: "begins like a JSON list and is none",
                    remedy: #"write it as ["first", {"name": "…", "key": "…"}], or as texts with commas between them"#))
        }
        return checked(elements.map { ConfigurationTree($0, origin) })
    }

    private static func checked(_ elements: [ConfigurationTree]) -> Result<Value, ValueProblem> {
        let entries = elements.map(SecretTree.init)
        guard let odd = entries.firstIndex(where: { !$0.isObject && $0.text == nil }) else { return .success(entries) }
        return .failure(
            ValueProblem(
                what: "must hold texts and objects, but element \(odd) is \(entries[odd].tree.kind)",
                remedy: "give each element its text, or its keys and values"))
    }
}
