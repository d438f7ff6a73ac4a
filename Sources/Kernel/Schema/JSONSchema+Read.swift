extension JSONSchema {
    /// Checks a value that a client sent and brings it into the one form that the rest of the code sees: properties
    /// under their own names, in the order of the schema, absent where the client sent null for an optional one.
    ///
    /// - Parameters:
    ///   - value: what was sent.
    ///   - path: where the value stands in the body: `notes[1]`, or empty for the body itself.
    ///   - problems: what is wrong with it is added here: every problem of the value, not only the first, up to a
    ///     hundred of them.
    /// - Returns: the value, if `problems` has not grown. Otherwise what of it is right, so that rules that span
    ///   properties can be checked beside the schema, and all problems be told at once; nil if nothing is.
    public func read(_ value: JSON, at path: String = "", problems: inout [FieldProblem]) -> JSON? {
        switch kind {
        case .string(let rules): return rules.read(value, at: path, problems: &problems)
        case .integer(let range, let fromText):
            return readInteger(value, range, fromText: fromText, at: path, problems: &problems)
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
                if let read = form.read(value, at: path, problems: &ignored), ignored.isEmpty { return read }
            }
            return problems.report(path, "must be \(summary ?? "of one of the documented forms")")
        }
    }

    private func readInteger(
        _ value: JSON, _ range: ClosedRange<Int64>, fromText: Bool, at path: String, problems: inout [FieldProblem]
    ) -> JSON? {
        let number = fromText ? value.string?.numberInDigits ?? value : value
        guard let integer = number.wholeNumber else {
            if case .number(let beyond) = number, beyond.rounded() == beyond {
                return problems.report(path, "must be between \(range.lowerBound) and \(range.upperBound)")
            }
            let found = if case .number(let fraction) = value { "\(fraction)" } else { value.kindName }
            return problems.report(path, "must be an integer, not \(found)")
        }
        guard range.contains(integer) else {
            return problems.report(path, "must be between \(range.lowerBound) and \(range.upperBound)")
        }
        return .integer(integer)
    }

    private func readArray(
        _ value: JSON, of element: JSONSchema, maximum: Int?, at path: String, problems: inout [FieldProblem]
    ) -> JSON? {
        guard let elements = value.array else {
            return problems.report(path, "must be a list, not \(value.kindName)")
        }
        if let maximum, elements.count > maximum {
            problems.report(path, "must have at most \(maximum) elements, not \(elements.count)")
        }
        return .array(
            elements.enumerated().compactMap { element.read($1, at: "\(path)[\($0)]", problems: &problems) })
    }

    private func readObject(
        _ value: JSON, _ properties: [Property], at path: String, problems: inout [FieldProblem]
    ) -> JSON? {
        guard let object = value.object else {
            return problems.report(path, "must be an object, not \(value.kindName)")
        }
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
                problems.add(FieldProblem(place, "Missing \(place)"))
            }
        }
        return .object(JSONObject(unique: read))
    }
}

extension JSONSchema.Property {
    fileprivate func isCalled(_ name: String) -> Bool {
        self.name.isExactly(name) || aliases.containsExactly(name)
    }

    /// Null stands for "absent" unless the schema itself has room for it.
    fileprivate func accepts(_ value: JSON) -> Bool {
        guard value == .null else { return true }
        if case .nullable = schema.kind { return true }
        return false
    }
}

extension [JSONSchema.Property] {
    fileprivate var names: String { map(\.name).joined(separator: ", ") }
}

extension [FieldProblem] {
    /// Whether something is known to be wrong with a field, or with a part of it.
    public func concern(_ field: String) -> Bool {
        contains { $0.field.isExactly(field) || $0.field.utf8.starts(with: "\(field).".utf8) }
    }

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

extension JSONSchema.StringRules {
    fileprivate func read(_ value: JSON, at path: String, problems: inout [FieldProblem]) -> JSON? {
        guard let string = value.string else {
            let expected = allowed.map { "one of \($0.joined(separator: ", "))" } ?? "a string"
            return problems.report(path, "must be \(expected), not \(value.kindName)")
        }
        if let allowed {
            guard allowed.containsExactly(string) else {
                let list = allowed.joined(separator: ", ")
                return problems.report(path, "is \(string.excerpt), which is none of \(list)")
            }
            return value
        }
        var isRight = true
        // A string has at most as many scalars as bytes, so that the count is rarely needed.
        if string.utf8.count > lengths.upperBound || string.utf8.count < lengths.lowerBound * 4 {
            let length = string.unicodeScalars.count
            if !lengths.contains(length) {
                problems.report(path, complaint(about: length))
                isRight = false
            }
        }
        if let pattern, !string.isEmpty, !pattern.matches(string) {
            problems.report(path, "is \(string.excerpt), which does not match \(pattern.expression)")
            isRight = false
        }
        if let format, !format.matches(string) {
            problems.report(path, "must be \(format.words), not \(string.excerpt)")
            isRight = false
        }
        return isRight ? value : nil
    }

    /// - Parameter length: one that is not allowed.
    private func complaint(about length: Int) -> String {
        if length > lengths.upperBound { return "must have at most \(lengths.upperBound) characters, not \(length)" }
        return lengths.lowerBound == 1
            ? "must not be empty" : "must have at least \(lengths.lowerBound) characters, not \(length)"
    }
}

extension String {
    /// The string in quotes for a message, cut to a length that cannot flood it.
    public var excerpt: String {
        let cut = unicodeScalars.prefix(64)
        return JSON.string(String(cut) + (cut.endIndex == unicodeScalars.endIndex ? "" : "…")).text
    }

    /// The number that the text is the digits of, with a minus before them perhaps; nil for any other text.
    var numberInDigits: JSON? {
        let digits = utf8.first == UInt8(ascii: "-") ? utf8.dropFirst() : utf8[...]
        guard (1...400).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(self).map(JSON.integer) ?? Double(self).map(JSON.number)
    }

    fileprivate func joined(_ name: String) -> String {
        let name = name.utf8.count <= 64 ? name : String(name.unicodeScalars.prefix(64))
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
