extension Schema {
    /// Checks a value that a client sent and brings it into the one form that the rest of the code sees: properties
    /// under their own names, in the order of the schema, absent where the client sent null for an optional one.
    ///
    /// - Parameters:
    ///   - value: what was sent.
    ///   - path: where the value stands in the body: `jobs[1]`, or empty for the body itself.
    ///   - problems: what is wrong with it is added here.
    /// - Returns: the value, or nil when `problems` has grown; every problem of the value is recorded, not only the
    ///   first, up to a hundred of them. Once there are that many, what is returned has no meaning.
    public func read(_ value: JSON, at path: String = "", problems: inout [FieldProblem]) -> JSON? {
        switch kind {
        case .string(let rules): return rules.read(value, at: path, problems: &problems)
        case .integer(let range):
            guard let integer = value.wholeNumber else {
                return problems.report(path, "must be an integer, not \(value.kindName)")
            }
            guard range.contains(integer) else {
                return problems.report(path, "must be between \(range.lowerBound) and \(range.upperBound)")
            }
            return .integer(integer)
        case .boolean:
            guard case .bool = value else {
                return problems.report(path, "must be true or false, not \(value.kindName)")
            }
            return value
        case .flag:
            guard let flag = Bool(flag: value) else {
                return problems.report(path, "must be \(Bool.spelling), not \(value.string?.excerpt ?? value.kindName)")
            }
            return .bool(flag)
        case .array(let element, let maximum):
            return readArray(value, of: element, maximum: maximum, at: path, problems: &problems)
        case .object(let properties): return readObject(value, properties, at: path, problems: &problems)
        case .nullable(let schema):
            return value == .null ? .null : schema.read(value, at: path, problems: &problems)
        case .any: return value
        case .anyOf(let forms):
            for form in forms {
                var ignored: [FieldProblem] = []
                if let read = form.read(value, at: path, problems: &ignored) { return read }
            }
            return problems.report(path, "must be \(summary ?? "of one of the documented forms")")
        }
    }

    private func readArray(
        _ value: JSON, of element: Schema, maximum: Int?, at path: String, problems: inout [FieldProblem]
    ) -> JSON? {
        guard let elements = value.array else {
            return problems.report(path, "must be a list, not \(value.kindName)")
        }
        if let maximum, elements.count > maximum {
            return problems.report(path, "must have at most \(maximum) elements, not \(elements.count)")
        }
        let before = problems.count
        let read = elements.enumerated().compactMap {
            element.read($1, at: "\(path)[\($0)]", problems: &problems)
        }
        return problems.count == before ? .array(read) : nil
    }

    private func readObject(
        _ value: JSON, _ properties: [Property], at path: String, problems: inout [FieldProblem]
    ) -> JSON? {
        guard let object = value.object else {
            return problems.report(path, "must be an object, not \(value.kindName)")
        }
        let before = problems.count
        var members = [JSONObject.Member?](repeating: nil, count: properties.count)
        for member in object.members {
            guard let index = properties.firstIndex(where: { $0.isCalled(member.name) }) else {
                problems.report(path.joined(member.name), "is not a known property; known are \(properties.names)")
                continue
            }
            guard members[index] == nil else {
                problems.report(path.joined(properties[index].name), "is given twice, under two spellings")
                continue
            }
            members[index] = member
        }
        var read: [JSONObject.Member] = []
        for (property, member) in zip(properties, members) {
            let place = path.joined(property.name)
            if let member, property.accepts(member.value) {
                if let value = property.schema.read(member.value, at: place, problems: &problems) {
                    read.append(JSONObject.Member(name: property.name, value: value))
                }
            } else if property.isRequired {
                problems.add(FieldProblem(place, "Missing \(place.isEmpty ? property.name : place)"))
            }
        }
        return problems.count == before ? .object(JSONObject(unique: read)) : nil
    }
}

extension Schema.Property {
    fileprivate func isCalled(_ name: String) -> Bool { name == self.name || aliases.contains(name) }

    /// Null stands for "absent" unless the schema itself has room for it.
    fileprivate func accepts(_ value: JSON) -> Bool {
        guard value == .null else { return true }
        if case .nullable = schema.kind { return true }
        return false
    }
}

extension [Schema.Property] {
    fileprivate var names: String { map(\.name).joined(separator: ", ") }
}

extension [FieldProblem] {
    /// Records a problem whose message begins with the field's place, and returns nil for the caller to return.
    @discardableResult
    fileprivate mutating func report(_ path: String, _ message: @autoclosure () -> String) -> JSON? {
        guard count < Self.limit else { return nil }
        append(FieldProblem(path, "\(path.isEmpty ? "The body" : path) \(message())"))
        return nil
    }

    fileprivate mutating func add(_ problem: FieldProblem) {
        if count < Self.limit { append(problem) }
    }

    /// How many problems of one body are told. A body of 4 MB could have 300,000, and the answer to it many times its
    /// size.
    static var limit: Int { 100 }
}

extension Schema.StringRules {
    fileprivate func read(_ value: JSON, at path: String, problems: inout [FieldProblem]) -> JSON? {
        guard let string = value.string else {
            return problems.report(path, "must be a string, not \(value.kindName)")
        }
        if let allowed {
            guard allowed.contains(string) else {
                let list = allowed.joined(separator: ", ")
                return problems.report(path, "is \(string.excerpt), which is none of \(list)")
            }
            return value
        }
        // A string has at most as many scalars as bytes, so that the count is rarely needed.
        if string.utf8.count > lengths.upperBound || string.utf8.count < lengths.lowerBound * 4 {
            let length = string.unicodeScalars.count
            guard lengths.contains(length) else {
                return problems.report(
                    path, length == 0 ? "must not be empty" : "must have at most \(lengths.upperBound) characters")
            }
        }
        if let pattern, !pattern.matches(string) {
            return problems.report(path, "is \(string.excerpt), which does not match \(pattern.expression)")
        }
        return value
    }
}

extension String {
    /// The string in quotes for a message, cut to a length that cannot flood it.
    public var excerpt: String {
        let cut = unicodeScalars.prefix(64)
        return JSON.string(String(cut) + (cut.endIndex == unicodeScalars.endIndex ? "" : "…")).text
    }

    fileprivate func joined(_ name: String) -> String {
        let name = String(name.unicodeScalars.prefix(64))
        return isEmpty ? name : "\(self).\(name)"
    }
}

extension JSON {
    /// What kind of value it is, for messages.
    public var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// The value as an integer: also `1.0`, which JSON does not tell apart from `1`.
    public var wholeNumber: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }
}
