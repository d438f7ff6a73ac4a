extension Request {
    /// A request for a target as it stands on a request line, `/notes?limit=10`: for callers in the same process.
    /// - Throws: `HTTPError` 400 if the target is malformed.
    public init(
        _ method: Method, _ target: String, headers: Headers = Headers(), body: [UInt8] = []
    ) throws(HTTPError) {
        let parsed = Array(target.utf8).withUnsafeBufferPointer { RequestTarget.parse($0, method: method) }
        switch parsed {
        case .success(let target):
            self.init(method: method, path: target.path, query: target.query, headers: headers, body: body)
            encodedPath = target.encodedPath
            if let given = headers["X-Request-ID"].flatMap(RequestID.init(given:)) { id = given }
        case .failure(let fault):
            throw fault.fault.error
        }
    }
}
