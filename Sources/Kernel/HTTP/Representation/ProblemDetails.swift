extension HTTPError {
    /// The error as RFC 9457 has problems, with the members of the usual form beside those of the RFC: what a program
    /// knows already it finds in both.
    func problemDetails(_ id: RequestID) -> JSON {
        var body = JSONObject()
        body["type"] = "about:blank"
        body["title"] = .string(status.reason)
        body["status"] = .integer(Int64(status.code))
        body["detail"] = .string(message)
        for (name, value) in members(id) { body[name] = value }
        return .object(body)
    }

    /// `message`, `code`, `requestId`, `errors` for the problems of single fields, and further details.
    func members(_ id: RequestID) -> [(name: String, value: JSON)] {
        var members: [(name: String, value: JSON)] = [
            ("message", .string(message)), ("code", .string(code)), ("requestId", .string(id.description)),
        ]
        if !problems.isEmpty {
            let errors = problems.map { problem -> JSON in
                ["field": .string(problem.field), "message": .string(problem.message)]
            }
            members.append(("errors", .array(errors)))
        }
        return members + details
    }
}

extension Headers {
    /// Whether the client asks for errors as RFC 9457 has them: it names their media type, and does not prefer the usual
    /// one. Whoever takes anything gets the usual one.
    var wantProblemDetails: Bool {
        guard mayHave(.accept) else { return false }
        let values = values(of: "Accept")
        guard values.contains(where: { $0.lowercased().contains("problem") }) else { return false }
        let accepted = WeightedList(values)
        let problem = accepted.weight(of: "application/problem+json") ?? 0
        return problem > 0 && problem >= accepted.weight(of: "application/json") ?? 0
    }
}

extension Status {
    /// The reason phrase; empty for a code without a name.
    var reason: String { line.map { String($0.description.dropFirst(4)) } ?? "" }
}
