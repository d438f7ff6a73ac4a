import CLinux

/// What a connection knows of the streamed body that it sends.
struct OutgoingStream {
    let kind: StreamedBody.Kind
    /// The service is about to stop: what has no end of its own ends now.
    var isToEnd = false
    /// When something was written last; milliseconds of the loop.
    var lastPiece: Int64
    /// When the client must have acknowledged something more than `delivered`; nil while nothing is under way.
    var deliveryDeadline: Int64?
    var delivered = 0

    init(_ kind: StreamedBody.Kind, at now: Int64) {
        self.kind = kind
        lastPiece = now
    }

    /// Whether its client leaves when it wants no more, rather than before it has all.
    var endsWithClient: Bool { keepAlive != nil }

    var keepAlive: StreamedBody.KeepAlive? {
        if case .open(let keepAlive) = kind { keepAlive } else { nil }
    }
}

/// The deadlines of a streamed body. One that is open has none for its producer. What the client must take has one: what
/// the socket did not take, as for any response, and here also what it took and nobody acknowledges. A client that
/// vanished without a word would otherwise be followed until the socket's buffer is full.
extension Connection {
    /// Sets the deadline of a stream of which nothing is unsent.
    func setStreamDeadline() {
        guard var stream else { return }
        guard case .open(let keepAlive) = stream.kind else { return setDeadline(loop.settings.handlerMilliseconds) }
        if stream.deliveryDeadline == nil {
            stream.deliveryDeadline = loop.now + loop.settings.writeMilliseconds
            stream.delivered = delivered
            self.stream = stream
        }
        setQuietDeadline(stream, keepAlive)
    }

    private func setQuietDeadline(_ stream: OutgoingStream, _ keepAlive: StreamedBody.KeepAlive?) {
        let next = keepAlive.map { stream.lastPiece + $0.milliseconds } ?? DeadlineTable.none
        loop.deadlines.set(min(next, stream.deliveryDeadline ?? DeadlineTable.none), for: fd)
    }

    /// The bytes of this response that the client has acknowledged.
    private var delivered: Int { exchange.bytesSent - (unsent.count - unsentStart) - underWay }

    private var underWay: Int { Int(clinux_unacknowledged(fd)) }

    /// A deadline of a stream has passed that has nothing unsent.
    func streamDeadlinePassed() {
        guard var stream, case .open(let keepAlive) = stream.kind else {
            return close(.producerFailed("its producer took longer than its deadline"))
        }
        if let deadline = stream.deliveryDeadline, deadline <= loop.now {
            let delivered = delivered
            if underWay == 0 {
                stream.deliveryDeadline = nil
            } else if delivered > stream.delivered {
                stream.delivered = delivered
                stream.deliveryDeadline = loop.now + loop.settings.writeMilliseconds
            } else {
                return close(.clientGone)
            }
            self.stream = stream
        }
        if let keepAlive, stream.lastPiece + keepAlive.milliseconds <= loop.now {
            appendPiece(keepAlive.piece)
            // The deadlines come last in a turn of the loop, behind what it sends.
            sendUnsent(continuing: false)
        } else {
            setQuietDeadline(stream, keepAlive)
        }
    }

    /// The client sends no more. Whether it has gone shows when something is sent to it (see `Connection+Report`), and
    /// a quiet stream sends nothing: so it sends what changes nothing, a zero in front of the size of the next chunk
    /// (RFC 9112 section 7.1 allows any number of them).
    func probeClient() {
        guard exchange.isChunked, !hasUnsent else { return }
        unsent.append(UInt8(ascii: "0"))
        exchange.bytesSent += 1
        sendUnsent(continuing: false)
    }

    /// Tells the producer of a stream without an end of its own that the service is about to stop.
    func endOpenStream() {
        guard state == .streaming, stream?.isToEnd == false, case .open = stream?.kind else { return }
        stream?.isToEnd = true
        resumeWriters()
        if let task { task.cancel() } else { withUnsafeCurrentTask { $0?.cancel() } }
    }
}

extension EventLoop {
    /// Ends the streams that have no end of their own, also those that begin from now on.
    func endStreams() {
        guard !endsStreams else { return }
        endsStreams = true
        for connection in connections { connection?.endOpenStream() }
    }
}
