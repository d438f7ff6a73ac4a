/// One operation of the OpenAPI document.
struct OperationDocument {
    private let route: Route
    private var operation: Operation { route.operation }

    init(_ route: Route) {
        self.route = route
    }

    func json(_ components: inout [String: JSON]) -> JSON {
        var members = JSONObject()
        members["operationId"] = .string(identifier)
        members["summary"] = .string(operation.summary)
        members["tags"] = [.string(route.module)]
        let parameters = pathParameters(&components) + queryParameters(&components)
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let body = operation.body {
            members["requestBody"] = [
                "required": true,
                "content": ["application/json": ["schema": body.document(into: &components)]],
            ]
        }
        members["responses"] = responses(&components)
        if let security { members["security"] = security }
        return .object(members)
    }

    /// `getJobsByJobId`: stable, since it is made from method and path.
    private var identifier: String {
        route.pattern.segments.reduce(into: route.method.rawValue.lowercased()) { name, segment in
            switch segment {
            case .literal(let text): name += text.split { $0 == "-" || $0 == "." }.map(Self.capitalized).joined()
            case .capture(let text): name += "By\(Self.capitalized(text))"
            }
        }
    }

    private static func capitalized(_ text: some StringProtocol) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }

    private func pathParameters(_ components: inout [String: JSON]) -> [JSON] {
        route.pattern.captures.map {
            ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]]
        }
    }

    private func queryParameters(_ components: inout [String: JSON]) -> [JSON] {
        operation.query.map { parameter in
            let schema = parameter.schema.document(into: &components)
            return [
                "name": .string(parameter.name), "in": "query", "description": .string(parameter.summary),
                "schema": parameter.isList ? ["type": "array", "items": schema, "minItems": 1] : schema,
                "style": parameter.isList ? "form" : nil, "explode": parameter.isList ? false : nil,
            ]
        }
    }

    private func responses(_ components: inout [String: JSON]) -> JSON {
        var responses = JSONObject()
        responses["200"] = ["description": "Done", "content": content(&components)]
        let access: [Status] =
            switch operation.access {
            case .administrator: [.unauthorized]
            case .apiKey: [.unauthorized]
            default: []
            }
        let body: [Status] = operation.body == nil ? [] : [.badRequest, .contentTooLarge]
        let writing: [Status] = route.method.isSafe ? [] : [.forbidden]
        let statuses = Set(operation.errors + access + body + writing + [.badRequest, .serviceUnavailable])
        for status in statuses.sorted(by: { $0.code < $1.code }) {
            responses[String(status.code)] = [
                "description": .string(String(status.line.description.dropFirst(4))),
                "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Error"]]],
            ]
        }
        return .object(responses)
    }

    private func content(_ components: inout [String: JSON]) -> JSON {
        switch operation.reply {
        case .text: ["text/plain": ["schema": ["type": "string"]]]
        case .json(let schema): ["application/json": ["schema": schema.document(into: &components)]]
        }
    }

    /// Which credentials the route asks for; nil for none.
    private var security: JSON? {
        switch operation.access {
        case .administrator: [["authorization": [], "userInfo": []]]
        case .apiKey: [["apiKey": []], [:]]
        case .anyone, nil: nil
        }
    }
}
