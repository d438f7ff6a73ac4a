extension Request {
    /// How many values a body may have. Each takes many times its bytes in memory: a list of two million zeros, which
    /// is 4 MB of text, took a gigabyte.
    private static var maximumValues: Int { 250_000 }

    /// The body as JSON.
    /// - Throws: `HTTPError` 400 `body.malformed`.
    public func jsonBody() throws(HTTPError) -> JSON {
        do {
            return try JSON(parsing: body, maximumValues: Self.maximumValues)
        } catch {
            throw HTTPError(.badRequest, code: "body.malformed", message: "The body is not valid JSON: \(error)")
        }
    }
}

extension Request {
    /// The fields of a form that a browser sends (WHATWG URL, `application/x-www-form-urlencoded`), in order, line breaks
    /// of texts as single line feeds.
    /// - Throws: `HTTPError` 400 `body.malformed`.
    public func formBody() throws(HTTPError) -> [QueryItem] {
        do {
            return try body.withUnsafeBufferPointer { bytes throws(RequestFault.Thrown) in
                try RequestTarget.parseQuery(bytes).map { item in
                    QueryItem(item.name, item.value.replacing("\r\n", with: "\n"))
                }
            }
        } catch {
            throw HTTPError(.badRequest, code: "body.malformed", message: "The body is no form")
        }
    }
}

extension HTTPError {
    /// 400 for a body with those problems.
    public static func invalidBody(_ problems: [FieldProblem]) -> HTTPError {
        let summary = problems.prefix(3).map(\.message).joined(separator: "; ")
        let least = problems.count >= [FieldProblem].limit ? "at least " : ""
        let more = problems.count > 3 ? "; and \(least)\(problems.count - 3) more" : ""
        return HTTPError(.badRequest, code: "body.invalid", message: summary + more, problems: problems)
    }
}
