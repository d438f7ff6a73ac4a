extension Response {
    /// Answers with Server-Sent Events (WHATWG HTML, section 9.2), for as long as the client follows.
    ///
    /// `follow` may wait for as long as it likes: while it writes nothing, a comment is sent every `keepAlive`, which
    /// keeps proxies from closing the connection and shows whether the client is still there. Its task is cancelled when
    /// the client has gone and when the service is about to stop; the client then comes back by itself, with the id of
    /// the last event that it has. What a client does not read is kept up to `http.limits.output`, beyond which `follow`
    /// is suspended, and `http.deadlines.write` ends it. Each follower keeps a connection: a module that admits few
    /// counts them, from the beginning of `follow` to its end.
    ///
    /// - Parameters:
    ///   - keepAlive: after how long without an event a comment is sent, to a tenth of a second.
    ///   - headers: beside `Cache-Control` and `X-Accel-Buffering`, which keep proxies from holding events back.
    ///   - follow: writes the events. It runs on the connection's event loop and must not block; it is not run for HEAD.
    public static func events(
        keepAlive: Duration = .seconds(15), headers: Headers = Headers(),
        _ follow: @escaping @Sendable (EventWriter) async throws -> Void
    ) -> Response {
        var headers = headers
        headers.add("Cache-Control", "no-store")
        headers.add("X-Accel-Buffering", "no")
        let pause = max(1, keepAlive.milliseconds)
        let stream = StreamedBody(.open(keepAlive: .init(piece: ServerSentEvent.keepAlive, milliseconds: pause))) {
            try await follow(EventWriter(body: $0))
        }
        return Response(contentType: .eventStream, headers: headers, body: .streamed(stream))
    }
}

extension Request {
    /// The id of the last event that a client has which comes back to a stream of events; nil if it has none.
    public var lastEventID: String? { headers["Last-Event-ID"].flatMap { $0.isEmpty ? nil : $0 } }
}

/// Where the events of one follower are written.
public struct EventWriter: Sendable {
    private let body: any BodyWriter

    init(body: any BodyWriter) {
        self.body = body
    }

    /// Sends an event, suspending while the client has not read what was sent before.
    /// - Throws: `CancellationError` when the client has gone or the service is about to stop.
    public func send(_ event: ServerSentEvent) async throws { try await body.write(event.bytes) }

    /// Sends several events as one piece.
    /// - Throws: as `send` of one does.
    public func send(_ events: [ServerSentEvent]) async throws {
        try await body.write(events.flatMap(\.bytes))
    }
}
