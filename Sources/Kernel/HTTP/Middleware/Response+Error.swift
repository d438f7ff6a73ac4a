extension Response {
    /// The one form in which errors are told: `{"message", "code", "requestId"}`, with `"errors"` for the problems of
    /// single fields.
    /// - Parameter asProblem: whether in the form of RFC 9457 instead.
    init(_ error: HTTPError, _ id: RequestID, asProblem: Bool = false) {
        if asProblem {
            self.init(
                error.status, contentType: .problem, headers: error.headers,
                body: .bytes(error.problemDetails(id).bytes))
            headers.add("Vary", "Accept")
        } else {
            let members = error.members(id).map { JSONObject.Member(name: $0.name, value: $0.value) }
            self.init(
                error.status, headers: error.headers, body: .bytes(JSON.object(JSONObject(unique: members)).bytes))
        }
        if let seconds = error.retryAfter { headers.add("Retry-After", String(seconds)) }
        if error.status.code >= 500 { failure = Failure(error.reason ?? error.message) }
    }

    /// For what the server itself finds wrong with a request.
    /// - Parameter headers: of the request, as far as it was understood.
    init(rejecting error: HTTPError, _ id: RequestID, _ headers: Headers) {
        self.init(error, id, asProblem: headers.wantProblemDetails)
    }
}
