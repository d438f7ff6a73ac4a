/// The description of what a stack serves, in OpenAPI 3.1, made from its routes: what is enabled and nothing else.
public struct OpenAPIDocument: Sendable {
    private let identity: ServiceIdentity
    private let routes: [Route]

    init(identity: ServiceIdentity, routes: [Route]) {
        self.identity = identity
        self.routes = routes
    }

    public var json: JSON {
        var components: [String: JSON] = ["Error": Self.errorSchema(), "Problem": Self.problemSchema]
        var paths = JSONObject()
        for route in routes {
            let path = route.pattern.template
            var item = paths[path]?.object ?? JSONObject()
            item[route.method.rawValue.lowercased()] = OperationDocument(route).json(&components)
            paths[path] = .object(item)
        }
        var schemas = JSONObject()
        for name in components.keys.sorted() { schemas[name] = components[name] }
        let modules = routes.map(\.module).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": .string(identity.service), "version": .string(identity.version),
                "description": .string(identity.product.summary + "."),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            // Relative to where the document is served (RFC 3986 section 5), so that it holds behind a proxy's prefix too.
            "servers": [["url": "."]],
            "tags": .array(modules.map { ["name": .string($0)] }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas), "parameters": HeaderParameter.components,
                "securitySchemes": Self.securitySchemes,
            ],
        ]
    }

    private static let securitySchemes: JSON = [
        "authorization": [
            "type": "apiKey", "in": "cookie", "name": "authorization",
            "description": "A JWT with the role of a data administrator",
        ],
        "userInfo": [
            "type": "apiKey", "in": "cookie", "name": "user-info", "description": "A JWT with the user's name",
        ],
        "apiKey": ["type": "apiKey", "in": "header", "name": "X-API-Key", "description": "Where keys are configured"],
    ]

    /// - Parameter others: properties beside those of every error.
    private static func errorSchema(
        _ summary: String = "What every error says", with others: KeyValuePairs<String, JSON> = [:]
    ) -> JSON {
        var properties = JSONObject()
        for (name, schema) in others { properties[name] = schema }
        for member in errorProperties.object?.members ?? [] { properties[member.name] = member.value }
        return [
            "type": "object", "description": .string(summary), "properties": .object(properties),
            "required": .array(others.map { .string($0.key) } + ["message", "code", "requestId"]),
        ]
    }

    private static let problemSchema = errorSchema(
        "The same as RFC 9457 has it, for clients that accept application/problem+json",
        with: [
            "type": ["type": "string"], "title": ["type": "string", "description": "The status in words"],
            "status": ["type": "integer"], "detail": ["type": "string", "description": "The message"],
        ])

    private static let errorProperties: JSON = [

        "message": ["type": "string", "description": "What is wrong and where"],
        "code": ["type": "string", "description": "A stable, dotted name"],
        "requestId": ["type": "string", "description": "The X-Request-ID, under which the log has the request"],
        "errors": [
            "type": "array", "description": "What is wrong with single fields",
            "items": [
                "type": "object",
                "properties": ["field": ["type": "string"], "message": ["type": "string"]],
                "required": ["field", "message"],
            ],
        ],
    ]
}

extension HeaderParameter {
    var reference: String { "#/components/parameters/\(rawValue)" }

    static var components: JSON {
        var components = JSONObject()
        for parameter in allCases {
            components[parameter.rawValue] = [
                "name": .string(parameter.rawValue), "in": "header", "description": .string(parameter.summary),
                "schema": ["type": "string"],
            ]
        }
        return .object(components)
    }

    private var summary: String {
        switch self {
        case .ifMatch: "Entity tags, one of which the present state must have for the request to be carried out"
        case .idempotencyKey:
            "A string that is new for each request: repeated with the same body within 24 hours, the request gets the "
                + "first reply again and changes nothing"
        case .ifNoneMatch: "Entity tags: if the present state has one of them, the answer is 304 without a body"
        }
    }
}
