/// Turns the text of `config.yaml` into a tree. It takes the part of YAML that is hard to misread: mappings, lists
/// and scalars in one document. Anchors, aliases, tags, further documents and repeated keys are problems, each told
/// with its place; only a syntax error ends the reading.
struct YAMLSource {
    static let maximumDepth = 16

    let path: String
    /// The top level; an empty mapping if the text holds nothing or cannot be read.
    private(set) var tree: ConfigurationTree
    private(set) var problems: [BootIssue] = []
    /// The keys that lead to the value being read, for messages.
    private var keys: [String] = []

    /// - Parameter path: the file's name as it appears in origins.
    init(_ bytes: [UInt8], path: String) {
        self.path = path
        tree = ConfigurationTree(.mapping([]), .file(path, line: 1, column: 1))
        if let offset = Self.firstInvalidByte(in: bytes) {
            report("the file is not valid UTF-8", .place(of: offset, in: bytes, of: path), "save the file as UTF-8")
            return
        }
        bytes.withUnsafeBufferPointer { buffer in
            guard let parser = YAMLParser(buffer) else { return }
            do throws(YAMLParser.SyntaxError) {
                try readStream(parser)
            } catch {
                report(error, in: buffer)
            }
        }
    }

    private mutating func readStream(_ parser: borrowing YAMLParser) throws(YAMLParser.SyntaxError) {
        var documents = 0
        while true {
            let (event, place) = try parser.next()
            switch event {
            case .streamEnd: return
            case .documentStart:
                documents += 1
                if documents == 2 {
                    report(
                        "the file holds more than one YAML document", origin(place),
                        "keep one document; what differs between stacks goes under 'stacks'")
                }
                let (event, place) = try parser.next()
                let value = try readValue(event, place, parser)
                if documents == 1 { take(value) }
            default: continue
            }
        }
    }

    private mutating func take(_ value: ConfigurationTree) {
        switch value.content {
        case .mapping: tree = value
        case .null: break
        case .scalar, .list:
            report(
                "the top level must be sections such as 'http:', not \(value.kind)", value.origin,
                "start the file with a section, its keys indented below it")
        }
    }

    private mutating func readValue(
        _ event: YAMLParser.Event, _ place: YAMLParser.Place, _ parser: borrowing YAMLParser
    ) throws(YAMLParser.SyntaxError) -> ConfigurationTree {
        let origin = origin(place)
        switch event {
        case .mappingStart(let properties):
            refuse(properties, at: origin)
            return ConfigurationTree(.mapping(try readMembers(parser)), origin)
        case .listStart(let properties):
            refuse(properties, at: origin)
            return ConfigurationTree(.list(try readElements(parser)), origin)
        case .scalar(let text, let isPlain, let properties):
            refuse(properties, at: origin)
            if isPlain && Self.isNull(text) { return ConfigurationTree(.null, origin) }
            return ConfigurationTree(.scalar(text, isPlain ? .plain : .quoted), origin)
        case .alias(let name):
            report("aliases are not supported (*\(name))", origin, "write the value out")
            return ConfigurationTree(.null, origin)
        default:
            return ConfigurationTree(.null, origin)
        }
    }

    private mutating func readMembers(_ parser: borrowing YAMLParser) throws(YAMLParser.SyntaxError)
        -> [ConfigurationTree.Member]
    {
        var members: [ConfigurationTree.Member] = []
        var firstOrigins: [ExactText: ConfigurationOrigin] = [:]
        while true {
            let (event, place) = try parser.next()
            if case .mappingEnd = event { return members }
            let key = try readValue(event, place, parser)
            let name: String? = if case .scalar(let text, _) = key.content { text } else { nil }
            keys.append(name ?? "?")
            defer { keys.removeLast() }
            try checkDepth(at: place)
            let (valueEvent, valuePlace) = try parser.next()
            let value = try readValue(valueEvent, valuePlace, parser)
            guard let name else {
                report("a key must be a name, not \(key.kind)", key.origin, "write the key as plain text")
                continue
            }
            if let first = firstOrigins[ExactText(name)] {
                report(
                    "the key '\(keys.joined(separator: "."))' is given twice (first at \(first))", key.origin,
                    "keep one of them")
            } else if name != "<<" {
                firstOrigins[ExactText(name)] = key.origin
                members.append(ConfigurationTree.Member(key: name, origin: key.origin, value: value))
            }
        }
    }

    private mutating func readElements(_ parser: borrowing YAMLParser) throws(YAMLParser.SyntaxError)
        -> [ConfigurationTree]
    {
        keys.append("[]")
        defer { keys.removeLast() }
        var elements: [ConfigurationTree] = []
        while true {
            let (event, place) = try parser.next()
            if case .listEnd = event { return elements }
            try checkDepth(at: place)
            elements.append(try readValue(event, place, parser))
        }
    }

    /// Keeps the recursion bounded.
    private func checkDepth(at place: YAMLParser.Place) throws(YAMLParser.SyntaxError) {
        guard keys.count > Self.maximumDepth else { return }
        throw YAMLParser.SyntaxError(message: "nested deeper than \(Self.maximumDepth) levels", place: place, offset: 0)
    }
}

extension YAMLSource {
    private static func isNull(_ text: String) -> Bool {
        text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
    }

    private static func firstInvalidByte(in bytes: [UInt8]) -> Int? {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): offset += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }

    private func origin(_ place: YAMLParser.Place) -> ConfigurationOrigin {
        .file(path, line: place.line, column: place.column)
    }

    private mutating func refuse(_ properties: YAMLParser.Properties, at origin: ConfigurationOrigin) {
        if let anchor = properties.anchor {
            report("anchors are not supported (&\(anchor))", origin, "remove it, and write the value out where used")
        }
        if let tag = properties.tag {
            report("tags are not supported (\(tag))", origin, "remove it; the key decides the type of its value")
        }
    }

    private mutating func report(_ error: YAMLParser.SyntaxError, in bytes: UnsafeBufferPointer<UInt8>) {
        let place = error.place.map(origin) ?? .place(of: error.offset, in: bytes, of: path)
        if let mark = error.place, Self.byte(at: mark, in: bytes) == UInt8(ascii: "\t") {
            report("a tab is used for indentation", place, "indent with spaces")
        } else {
            report("not readable as YAML: \(error.message)", place, "correct the text at this place")
        }
    }

    /// The byte at the start of a character, lines and columns counted as libyaml does.
    private static func byte(at place: YAMLParser.Place, in bytes: UnsafeBufferPointer<UInt8>) -> UInt8? {
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        guard place.line <= lines.count else { return nil }
        let starts = lines[place.line - 1].filter { $0 & 0xc0 != 0x80 }
        return place.column <= starts.count ? starts[place.column - 1] : nil
    }

    private mutating func report(_ what: String, _ origin: ConfigurationOrigin, _ remedy: String) {
        problems.append(BootIssue(.configuration, what, origin: origin.description, remedy: remedy))
    }
}
