extension JSONSchema {
    /// The schema in JSON Schema 2020-12, as OpenAPI 3.1 has it. Named schemas become references; `components`
    /// collects their definitions.
    public func document(into components: inout [String: JSON]) -> JSON {
        guard let name else { return definition(into: &components) }
        if components[name] == nil {
            // Entered first, so that a schema that refers to itself does not recurse for ever.
            components[name] = .null
            components[name] = definition(into: &components)
        }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }

    private func definition(into components: inout [String: JSON]) -> JSON {
        var members = keywords(into: &components)
        if let summary { members["description"] = .string(summary) }
        if let example { members["examples"] = [example] }
        return .object(members)
    }

    private func keywords(into components: inout [String: JSON]) -> JSONObject {
        var members = JSONObject()
        switch kind {
        case .any: break
        case .string(let rules): members = rules.keywords
        case .integer(let range, _):
            members["type"] = "integer"
            if range.lowerBound != .min { members["minimum"] = .integer(range.lowerBound) }
            if range.upperBound != .max { members["maximum"] = .integer(range.upperBound) }
        case .boolean: members["type"] = "boolean"
        case .flag:
            members["anyOf"] = [
                ["type": "boolean"], ["type": "integer", "minimum": 0, "maximum": 1],
                ["type": "string", "pattern": .string(Bool.wordPattern)],
            ]
        case .array(let element, let maximum):
            members["type"] = "array"
            members["items"] = element.document(into: &components)
            if let maximum { members["maxItems"] = .integer(Int64(maximum)) }
        case .object(let properties):
            members["type"] = "object"
            var described = JSONObject()
            for property in properties { described[property.name] = property.schema.document(into: &components) }
            members["properties"] = .object(described)
            let required = properties.filter(\.isRequired).map { JSON.string($0.name) }
            if !required.isEmpty { members["required"] = .array(required) }
            members["additionalProperties"] = false
        case .nullable(let schema):
            members["anyOf"] = [schema.document(into: &components), ["type": "null"]]
        case .anyOf(let forms):
            members["anyOf"] = .array(forms.map { $0.document(into: &components) })
        }
        return members
    }
}

extension JSONSchema.StringRules {
    fileprivate var keywords: JSONObject {
        var members = JSONObject()
        members["type"] = "string"
        if let allowed { members["enum"] = .array(allowed.map(JSON.string)) }
        if lengths.lowerBound > 0 { members["minLength"] = .integer(Int64(lengths.lowerBound)) }
        if lengths.upperBound < JSONSchema.unlimited { members["maxLength"] = .integer(Int64(lengths.upperBound)) }
        if let pattern { members["pattern"] = .string(pattern.expression) }
        if let name = format?.name { members["format"] = .string(name) }
        return members
    }
}
