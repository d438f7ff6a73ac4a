import CLinux

/// Streamed bodies with back-pressure: the producer runs in the handler's task on the loop and is suspended while
/// the client reads slower than it writes.
extension Connection {
    /// Sends the head of a streamed response; false if no body is to follow (HEAD).
    func beginStream(_ response: Response, _ body: StreamedBody) -> Bool {
        let isForHead = exchange.method == .head
        let keepsAlive = exchange.keepsAlive && loop.keepsConnections && (!exchange.isHTTP10 || isForHead)
        exchange.keepsAlive = keepsAlive
        exchange.isChunked = !exchange.isHTTP10
        let start = loop.output.count
        putHead(response, length: nil, keepsAlive: keepsAlive)
        exchange.bytesSent += loop.output.count - start
        if isForHead {
            finishExchange(keepsAlive: keepsAlive)
            return false
        }
        state = .streaming
        stream = OutgoingStream(body.kind, at: loop.now)
        if case .open = body.kind, exchange.startedAt > 0 {
            exchange.nanosecondsToHead = max(0, clinux_nanoseconds() - exchange.startedAt)
        }
        flush()
        if isOpen, !hasUnsent { restoreDeadline() }
        return isOpen
    }

    func runStream(_ body: StreamedBody, _ number: UInt64) async {
        // One that begins while others are told to end ends as well, and its client hears of it in order.
        if loop.endsStreams { endOpenStream() }
        do {
            try await body.produce(StreamWriter(connection: self, exchangeNumber: number))
            endStream(number)
        } catch is CancellationError where exchangeNumber == number && stream?.isToEnd == true {
            endStream(number)
        } catch {
            breakStream(number, error)
        }
    }

    private func endStream(_ number: UInt64) {
        guard exchangeNumber == number, state == .streaming else { return }
        if exchange.isChunked {
            append("0\r\n\r\n")
            exchange.bytesSent += 5
        }
        sendUnsent(continuing: false)
        guard isOpen else { return }
        finishExchange(keepsAlive: exchange.keepsAlive)
        if hasUnsent { setDeadline(loop.settings.writeMilliseconds) }
    }

    /// The producer failed: without the final chunk the client can tell that the body is not whole.
    private func breakStream(_ number: UInt64, _ error: any Error) {
        guard exchangeNumber == number, state == .streaming else { return }
        sendUnsent(continuing: false)
        close(.producerFailed("its producer failed: \(error.words)"))
    }

    /// Adds a piece to the output; sends when there is a packet's worth, else at the end of the loop's turn.
    func appendPiece(_ bytes: [UInt8]) {
        let before = unsent.count
        if exchange.isChunked {
            append(String(bytes.count, radix: 16))
            append("\r\n")
        }
        unsent.append(contentsOf: bytes)
        if exchange.isChunked { append("\r\n") }
        exchange.bytesSent += unsent.count - before
        stream?.lastPiece = loop.now
        if before == 0 { setDeadline(loop.settings.writeMilliseconds) }
        if unsent.count - unsentStart >= 16 << 10 {
            sendUnsent(continuing: false)
        } else if !isInUnflushed {
            isInUnflushed = true
            loop.unflushed.append(self)
        }
    }

    private func append(_ text: String) { unsent.append(contentsOf: text.utf8) }

    /// Called at the end of the loop's turn.
    func flushWritten() {
        isInUnflushed = false
        if isOpen, hasUnsent { sendUnsent() }
    }

    /// A producer whose client reads fast would never be suspended: now and then it lets the loop's other
    /// connections have their turn.
    func isDueToYield(after count: Int) -> Bool {
        bytesSinceYield += count
        guard bytesSinceYield > 256 << 10 else { return false }
        bytesSinceYield = 0
        return true
    }

    var isOverOutputLimit: Bool { unsent.count - unsentStart > loop.settings.limits.outputBytes }

    func resumeWriters() {
        let mayWrite = isOpen && stream?.isToEnd == false
        guard !suspendedWriters.isEmpty, !mayWrite || !isOverOutputLimit else { return }
        let writers = suspendedWriters
        suspendedWriters = []
        for writer in writers {
            if mayWrite { writer.resume() } else { writer.resume(throwing: CancellationError()) }
        }
    }
}

/// The producer's end of a streamed body.
struct StreamWriter: BodyWriter {
    let connection: Connection
    let exchangeNumber: UInt64

    func write(_ bytes: [UInt8]) async throws {
        guard connection.loop.inbox.isOnLoop else {
            // A task of the producer's own, without its executor: go where the connection may be touched.
            return try await withTaskExecutorPreference(connection.loop) { try await writeOnLoop(bytes) }
        }
        try await writeOnLoop(bytes)
    }

    @concurrent
    private func writeOnLoop(_ bytes: [UInt8]) async throws {
        try checkOpen()
        guard !bytes.isEmpty else { return }
        connection.appendPiece(bytes)
        try checkOpen()
        if connection.isOverOutputLimit {
            try await withCheckedThrowingContinuation { connection.suspendedWriters.append($0) }
            try checkOpen()
        } else if connection.isDueToYield(after: bytes.count) {
            await Task.yield()
        }
    }

    private func checkOpen() throws {
        let isOpen = connection.exchangeNumber == exchangeNumber && connection.state == .streaming
        guard isOpen, connection.stream?.isToEnd == false, !Task.isCancelled else { throw CancellationError() }
    }
}
