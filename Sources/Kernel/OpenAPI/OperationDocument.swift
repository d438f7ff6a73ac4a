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
        if route.successor != nil { members["deprecated"] = true }
        let parameters = pathParameters(&components) + queryParameters(&components) + headerParameters
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let body = operation.body {
            members["requestBody"] = [
                "required": true,
                "content": ["application/json": body.mediaType(&components)],
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
            case .capture(let text), .rest(let text): name += "By\(Self.capitalized(text))"
            }
        }
    }

    private static func capitalized(_ text: some StringProtocol) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }

    private func pathParameters(_ components: inout [String: JSON]) -> [JSON] {
        route.pattern.segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .capture(let name):
                ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
            case .rest(let name):
                [
                    "name": .string(name), "in": "path", "required": true,
                    "description": "All that is left of the path, slashes included", "schema": ["type": "string"],
                ]
            }
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

    private var headerParameters: [JSON] {
        (operation.headers + (hasEntityTag ? [.ifNoneMatch] : [])).map { ["$ref": .string($0.reference)] }
    }

    private var hasEntityTag: Bool { RouteConventions(route).hasEntityTag }

    private func responses(_ components: inout [String: JSON]) -> JSON {
        var responses = JSONObject()
        responses["200"] = [
            "description": "Done", "headers": Self.headers(hasEntityTag: hasEntityTag), "content": content(&components),
        ]
        if hasEntityTag {
            responses["304"] = [
                "description": "If-None-Match names the present state: what the client has is right",
                "headers": Self.headers(hasEntityTag: true),
            ]
        }
        for (status, reasons) in reasons.sorted(by: { $0.key.code < $1.key.code }) {
            responses[String(status.code)] = [
                "description": .string(reasons.joined(separator: ". Or: ")),
                "headers": Self.headers(isRetryable: status == .serviceUnavailable),
                "content": [
                    "application/json": ["schema": ["$ref": "#/components/schemas/Error"]],
                    "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]],
                ],
            ]
        }
        return .object(responses)
    }

    /// Why the operation may be refused: what it says itself, and what holds for every operation of its kind.
    private var reasons: [Status: [String]] {
        var reasons: [Status: [String]] = [:]
        for (status, reason) in operation.errors { reasons[status, default: []].append(reason) }
        if let access = operation.access, let roles = access.roles {
            if access.takesKeys {
                reasons[.unauthorized, default: []].append("API keys are configured, and the request has none of them")
            }
            if roles.contains(.administrator) {
                reasons[.unauthorized, default: []].append(
                    "A token is missing, sent twice, expired or not to be trusted")
            }
            reasons[.forbidden, default: []].append("The caller does not have the role \(access.words)")
        }
        if !route.method.isSafe {
            reasons[.forbidden, default: []].append("A browser sends it from a page of an origin that is not trusted")
        }
        if operation.body != nil {
            reasons[.contentTooLarge, default: []].append("The body is longer than http.limits.body")
        }
        return reasons.merging([
            .badRequest: ["The request is malformed"],
            .serviceUnavailable: ["The storage does not answer, or the request took too long; try again"],
        ]) { own, _ in own }
    }

    private static func headers(isRetryable: Bool = false, hasEntityTag: Bool = false) -> JSON {
        let id: JSON = ["description": "The request's, under which the log has it", "schema": ["type": "string"]]
        let wait: JSON = ["description": "Seconds to wait", "schema": ["type": "integer", "minimum": 0]]
        let tag: JSON = ["description": "Names the state that is shown", "schema": ["type": "string"]]
        return ["X-Request-ID": id, "ETag": hasEntityTag ? tag : nil, "Retry-After": isRetryable ? wait : nil]
    }

    private func content(_ components: inout [String: JSON]) -> JSON {
        switch operation.reply {
        case .text: ["text/plain": ["schema": ["type": "string"]]]
        case .media(let type): [type.mediaType: ["schema": ["type": "string"]]]
        case .json(let schema): ["application/json": schema.mediaType(&components)]
        }
    }

    /// Which credentials the route asks for, each with the role that they are to give; nil for none. Of the
    /// alternatives one is enough. Where keys are not configured, none is asked for.
    private var security: JSON? {
        guard let access = operation.access, let roles = access.roles else { return nil }
        let alternatives: [JSON] = roles.map { role in
            let name: JSON = [.string(role.rawValue)]
            return role == .administrator ? ["authorization": name, "userInfo": name] : ["apiKey": name]
        }
        return .array(alternatives + (roles.first == .administrator ? [] : [[:]]))
    }
}

extension Access {
    /// Whether an API key may give one of the roles. Administrators are persons, who have tokens.
    fileprivate var takesKeys: Bool { roles?.contains { $0 != .administrator } ?? false }
}

extension JSONSchema {
    fileprivate func mediaType(_ components: inout [String: JSON]) -> JSON {
        ["schema": document(into: &components), "example": composedExample]
    }
}

extension ContentType {
    /// Without its parameters.
    fileprivate var mediaType: String { String(value.description.prefix { $0 != ";" }) }
}
