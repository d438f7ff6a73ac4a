extension JSONSchema {
    /// A value of this shape: the examples that its parts name, put together; nil where a part needs one and has none.
    var composedExample: JSON? {
        if let example { return example }
        switch kind {
        case .any: return nil
        case .string(let rules): return rules.example
        case .integer(let range, _): return .integer(min(max(range.lowerBound, 1), range.upperBound))
        case .boolean, .flag: return false
        case .array(let element, _): return element.composedExample.map { .array([$0]) }
        case .nullable(let schema): return schema.composedExample
        case .anyOf(let forms): return forms.lazy.compactMap(\.composedExample).first
        case .object(let properties):
            var object = JSONObject()
            for property in properties where property.isRequired || property.schema.example != nil {
                guard let value = property.schema.composedExample else { return nil }
                object[property.name] = value
            }
            return .object(object)
        }
    }
}

extension JSONSchema.StringRules {
    fileprivate var example: JSON? {
        if let allowed { return allowed.first.map(JSON.string) }
        if format == .uuid { return "5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00" }
        let text = "text"
        return pattern == nil && format == nil && lengths.contains(text.count) ? .string(text) : nil
    }
}
