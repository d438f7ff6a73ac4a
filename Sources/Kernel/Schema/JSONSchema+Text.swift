extension JSONSchema {
    /// What a text may say, to stand behind what is wrong with it; nil where that goes without saying.
    var legalTexts: String? {
        switch kind {
        case .string(let rules): rules.allowed.map { "known are \($0.joined(separator: ", "))" }
        case .boolean, .flag: "it must be \(Bool.spelling)"
        default: nil
        }
    }

    /// Checks a value that a client sent as a text, such as a parameter of the query, and brings it into the form in
    /// which a body has it.
    /// - Parameter name: what the message calls it.
    func read(text: String, of name: String, problems: inout [FieldProblem]) -> JSON? {
        func complain(_ message: String) -> JSON? {
            if problems.count < [FieldProblem].limit { problems.append(FieldProblem(name, "\(name) \(message)")) }
            return nil
        }
        switch kind {
        case .string(let rules):
            if let allowed = rules.allowed {
                if allowed.containsExactly(text) { return .string(text) }
                let what = text.isEmpty ? "\(name) has an empty element" : "Unknown \(name) \(text.excerpt)"
                problems.append(FieldProblem(name, "\(what); known are \(allowed.joined(separator: ", "))"))
                return nil
            }
            guard let format = rules.format else { return read(.string(text), at: name, problems: &problems) }
            let meant = format == .timestamp ? text.withPlusBeforeOffset : text
            if format.matches(meant) { return read(.string(meant), at: name, problems: &problems) }
            let hint = format == .timestamp ? " (a + in a query is written %2B)" : ""
            return complain("is \(text.excerpt); it must be \(format.words)\(hint)")
        case .integer(let range, _):
            if let number = text.numberInDigits?.wholeNumber, range.contains(number) { return .integer(number) }
            return complain("is \(text.excerpt); it must be between \(range.lowerBound) and \(range.upperBound)")
        case .boolean, .flag:
            if let flag = Bool(word: text) { return .bool(flag) }
            return complain("is \(text.excerpt); it must be \(Bool.spelling)")
        case .array, .object, .nullable, .anyOf, .any:
            return read(.string(text), at: name, problems: &problems)
        }
    }
}

extension String {
    /// A plus sign that nobody has encoded arrives as a blank, and stands only before an offset.
    fileprivate var withPlusBeforeOffset: String {
        guard let blank = lastIndex(of: " "), self[index(after: blank)...].utf8.count == 5 else { return self }
        var text = self
        text.replaceSubrange(blank...blank, with: "+")
        return text
    }
}
