extension Response {
    /// The one form in which errors are told: `{"message", "code", "requestId"}`, with `"errors"` for the problems of
    /// single fields.
    init(_ error: HTTPError, _ id: RequestID) {
        var body: JSONObject = JSONObject()
        body["message"] = .string(error.message)
        body["code"] = .string(error.code)
        body["requestId"] = .string(id.description)
        if !error.problems.isEmpty {
            body["errors"] = .array(
                error.problems.map { ["field": .string($0.field), "message": .string($0.message)] })
        }
        for (name, value) in error.details { body[name] = value }
        self.init(error.status, headers: error.headers, body: .bytes(JSON.object(body).bytes))
        if let seconds = error.retryAfter { headers.add("Retry-After", String(seconds)) }
        if error.status.code >= 500 { failure = Failure(error.reason ?? error.message) }
    }
}
