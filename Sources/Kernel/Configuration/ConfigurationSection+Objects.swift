extension ConfigurationSection {
    /// A list of objects with keys of their own: in the file a YAML list, in the environment JSON text.
    /// - Parameters:
    ///   - key: its name in this section.
    ///   - help: what it is, and which keys an object has, for the reference.
    ///   - read: reads one object as a section of its own, `<key>[<index>]`; what is wrong with it, and what of it is
    ///     not read, is told with its place.
    /// - Returns: what `read` made of them; nil if there is a value that is no list of objects.
    public func objects<Element>(
        _ key: String, _ help: String, read: (ConfigurationSection) -> Element
    ) -> [Element]? {
        let before = configuration.problems.count
        let trees = self.read(key, .objects, default: [], help) ?? []
        guard configuration.problems.count == before else { return nil }
        return trees.enumerated().map { index, tree in
            let path = "\(full(key))[\(index)]"
            let configuration = Configuration(of: tree, at: path, in: self.configuration)
            let element = read(ConfigurationSection(path: path, of: configuration, isActive: isActive))
            configuration.checkKeys()
            if isActive { configuration.problems.forEach(self.configuration.report) }
            return element
        }
    }
}

extension ValueKind where Value == [ConfigurationTree] {
    static var objects: ValueKind {
        ValueKind(
            name: "list of objects",
            parse: { tree in
                switch tree.content {
                case .list(let elements):
                    return elements.allSatisfy(\.isMapping) ? .success(elements) : .failure(.noObject)
                case .scalar(let text, .external):
                    return Result { () throws(ValueProblem) in try elements(of: text, tree.origin) }
                case .null, .scalar, .mapping:
                    let what = "must be a list of objects, not \(tree.kind)"
                    return .failure(ValueProblem(what: what, remedy: "begin each object with a dash: '- '"))
                }
            },
            write: { JSON.array($0.map(\.json)).text })
    }

    private static func elements(
        of text: String, _ origin: ConfigurationOrigin
    ) throws(ValueProblem) -> [ConfigurationTree] {
        let value: JSON
        do throws(JSONSyntaxError) { value = try JSON(parsing: Array(text.utf8)) } catch {
            throw ValueProblem(what: "is not valid JSON: \(error)", remedy: "write it as a JSON list of objects")
        }
        guard let elements = value.array else {
            throw ValueProblem(
                what: "must be a list of objects, not \(value.kindName)", remedy: "write it as a JSON list of objects")
        }
        let trees = elements.map { ConfigurationTree($0, origin) }
        guard trees.allSatisfy(\.isMapping) else { throw .noObject }
        return trees
    }
}

extension ValueProblem {
    fileprivate static let noObject = ValueProblem(
        what: "must hold objects and nothing else", remedy: "give each element its keys and values")
}

extension ConfigurationTree {
    fileprivate var isMapping: Bool { if case .mapping = content { true } else { false } }

    /// What a JSON value in a variable says.
    init(_ value: JSON, _ origin: ConfigurationOrigin) {
        let content: Content =
            switch value {
            case .null: .null
            case .string(let text): .scalar(text, .external)
            case .bool, .integer, .number: .scalar(value.text, .external)
            case .array(let elements): .list(elements.map { ConfigurationTree($0, origin) })
            case .object(let object):
                .mapping(
                    object.members.map {
                        Member(key: $0.name, origin: origin, value: ConfigurationTree($0.value, origin))
                    })
            }
        self.init(content, origin)
    }

    var json: JSON {
        switch content {
        case .null: .null
        case .scalar(let text, let style):
            style != .quoted && ["true", "false"].contains(text) ? .bool(text == "true") : .string(text)
        case .list(let elements): .array(elements.map(\.json))
        case .mapping(let members):
            .object(JSONObject(unique: members.map { JSONObject.Member(name: $0.key, value: $0.value.json) }))
        }
    }
}
