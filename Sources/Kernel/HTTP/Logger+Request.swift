extension Logger {
    /// The same logger for the lines of one request.
    public func with(_ request: Request) -> Logger {
        with(requestID: request.id, trace: request.trace, client: request.client)
    }
}
