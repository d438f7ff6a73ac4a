/// What the head of a request says of a body that is not there as a whole.
struct AnnouncedBody {
    /// nil for a chunked one.
    let length: Int?
    /// Whether the client waits to be told that it may send it (RFC 9110 section 10.1.1).
    let isAwaited: Bool

    init(_ head: RequestHead, isBeginningThere: Bool) {
        length = head.isChunked ? nil : head.contentLength
        isAwaited = head.expectsContinue && !isBeginningThere
    }
}

/// Whether a request is to be answered at all is found out before its body is read.
extension Connection {
    /// Asks for admission; then waits for the body, or refuses the request without it.
    func admit(_ request: consuming Request, _ body: AnnouncedBody) {
        guard let admission = loop.server.admission else { return awaitBody(of: request, body) }
        state = .admitting
        request.client = peer
        let request = request
        startTask { [self] number in
            let outcome = await admission(request)
            guard exchangeNumber == number, state == .admitting else { return }
            switch outcome {
            case .admitted(let request):
                exchange.principal = request.known
                awaitBody(of: request, body)
            case .refused(let response): refuse(response, unread: body)
            }
        }
    }

    /// A body up to this length is read over, which is cheaper than another connection would be.
    private static let lengthToSkip = 64 << 10

    /// A client that waited to be told whether to send its body may now do either: that cannot be told apart from its
    /// next request.
    private func refuse(_ response: Response, unread body: AnnouncedBody) {
        if let length = body.length, length <= Self.lengthToSkip, !body.isAwaited {
            bytesToSkip = length
            answer(response)
        } else {
            refuse(response)
        }
    }

    /// Waits for the body, after telling a client that asked that it may send it.
    private func awaitBody(of request: Request, _ body: AnnouncedBody) {
        guard body.length ?? 0 <= loop.settings.limits.bodyBytes else { return refuse(.bodyTooLarge) }
        state = .body
        setDeadline(loop.settings.bodyMilliseconds)
        if let length = body.length {
            let incoming = IncomingBody(request, .length(length))
            incoming.bytes.reserveCapacity(min(length, 64 << 10))
            incomingBody = incoming
        } else {
            incomingBody = IncomingBody(request, .chunked(ChunkedDecoder(loop.settings.limits)))
        }
        if body.isAwaited {
            loop.output.reserve(32)
            loop.output.put("HTTP/1.1 100 Continue\r\n\r\n")
        }
    }
}
