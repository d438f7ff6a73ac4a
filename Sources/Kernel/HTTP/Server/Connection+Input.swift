import CLinux
import Glibc

extension Connection {
    /// Reads and parses until the socket is empty, a handler suspends, output is stuck or the connection's turn is
    /// over; then sends what the requests read together have been answered.
    func processInput() {
        guard !isProcessing, !isWaitingForTurn else { return }
        isProcessing = true
        defer { isProcessing = false }
        beginTurn()
        var isFirstStep = true
        while acceptsInput {
            let isHeld = !needsMoreInput && !input.isEmpty
            guard isHeld || isReadable else { break }
            guard isFirstStep || loop.turn.allowsStep(afterRequest: exchangeNumber) else {
                waitForTurn()
                break
            }
            isFirstStep = false
            if isHeld {
                consumeHeldInput()
            } else if !readInput() {
                break
            }
            flush()
        }
        flush()
    }

    /// Parses input held back while an earlier request was being answered.
    private func consumeHeldInput() {
        let held = input
        let start = inputStart
        input = []
        let consumed = held.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { consume($0 + start, buffer.count - start) } ?? 0
        }
        keep(held, from: start + consumed)
    }

    private func keep(_ bytes: [UInt8], from start: Int) {
        let isKept = start < bytes.count && !isClosing && isOpen
        input = isKept ? bytes : []
        inputStart = isKept ? start : 0
    }

    /// Reads once from the socket, behind what is held, and parses; false if there was nothing.
    private func readInput() -> Bool {
        let buffer = loop.input
        let held = input.count - inputStart
        let room = min(loop.inputCapacity - held, loop.turn.bytes)
        input.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { memcpy(buffer, start + inputStart, held) }
        }
        let received = recv(fd, buffer + held, room, 0)
        if received <= 0 {
            if received == 0 {
                endOfInput()
            } else if errno == EAGAIN {
                isReadable = false
            } else if errno != EINTR {
                close(.clientGone)
            }
            return received < 0 && errno == EINTR && isOpen
        }
        // A short read has emptied the socket, unless the client's end of stream hides behind it.
        if received < room, !hasPeerFinished { isReadable = false }
        loop.counters.bytesReceived.add(received)
        loop.turn.take(received)
        let count = held + received
        let isLong = held > 1024 && state == .head && count < loop.parser.headBytes
        if isLong, memchr(buffer + held, Int32(lineFeed), received) == nil {
            // No line has ended: a long head that drips in is not parsed again for each drop.
            input = Array(UnsafeBufferPointer(start: buffer, count: count))
            inputStart = 0
            return true
        }
        input = []
        inputStart = 0
        let consumed = consume(buffer, count)
        if consumed < count, !isClosing, isOpen {
            input = Array(UnsafeBufferPointer(start: buffer + consumed, count: count - consumed))
        }
        return true
    }

    /// The client sends no more: what is unfinished never will be, what is answered is still sent.
    private func endOfInput() {
        isReadable = false
        hasPeerFinished = true
        input = []
        if state == .body {
            flush()
            close(.clientGone)
        } else {
            isClosing = true
        }
    }

    /// Parses as much as possible and starts handlers; returns how many bytes were used.
    private func consume(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var consumed = 0
        needsMoreInput = false
        while consumed < count, acceptsInput, loop.turn.allows(afterRequest: exchangeNumber) {
            // Looking at the clock for each request would cost a pipelining client more than it is worth.
            if consumed > 0, exchangeNumber & 7 == 0, loop.turn.isLate() { break }
            let rest = count - consumed
            let used = state == .head ? consumeHead(bytes + consumed, rest) : consumeBody(bytes + consumed, rest)
            if used == 0 {
                needsMoreInput = acceptsInput
                break
            }
            consumed += used
            if loop.output.count > 64 << 10 { flush() }
        }
        return consumed
    }

    /// Parses one head, and its body if that is there as a whole; 0 if the head is not complete, or refused.
    private func consumeHead(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        if bytesToSkip > 0 { return skipRefusedBody(count) }
        if bytes[0] == carriageReturn, count == 1 || bytes[1] == lineFeed { return skipEmptyLines(bytes, count) }
        switch loop.parser.parse(bytes, count) {
        case .incomplete:
            if !hasBegunHead {
                hasBegunHead = true
                setDeadline(loop.settings.headMilliseconds)
            }
            return 0
        case .failed(let fault):
            takeExchange(bytes)
            exchange.head = ReceivedHead(loop.parser.head, bytes, count: loop.parser.head.targetEnd)
            refuse(fault)
            return 0
        case .complete:
            hasBegunHead = false
            emptyLineBytes = 0
            return begin(bytes, count)
        }
    }

    /// RFC 9112 section 2.2: empty lines before a request are ignored; here as far as a head may be long.
    private func skipEmptyLines(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var skipped = 0
        while skipped + 1 < count, bytes[skipped] == carriageReturn, bytes[skipped + 1] == lineFeed { skipped += 2 }
        emptyLineBytes += skipped
        guard emptyLineBytes <= loop.parser.headBytes else {
            refuseUnknown(.headTooLarge)
            return 0
        }
        return skipped
    }

    private func skipRefusedBody(_ count: Int) -> Int {
        let skipped = min(count, bytesToSkip)
        bytesToSkip -= skipped
        return skipped
    }

    /// Remembers what the answer needs to know of the request that was just parsed, as far as it was understood.
    @inline(__always)
    private func takeExchange(_ bytes: UnsafePointer<UInt8>) {
        let head = loop.parser.head
        exchange.method = head.method
        exchange.isHTTP10 = head.isHTTP10
        exchange.keepsAlive = head.keepsAlive
        exchange.bytesSent = 0
        exchange.trace = nil
        exchange.principal = nil
        exchange.nanosecondsToHead = nil
        if head.requestIDCount > 0 {
            let id = UnsafeBufferPointer(start: bytes + head.requestIDStart, count: head.requestIDCount)
            exchange.id = .given(String(decoding: id, as: UTF8.self))
        } else {
            exchange.id = loop.requestIDs.next()
        }
        if loop.server.access != nil { exchange.startedAt = clinux_nanoseconds() }
    }

    /// Goes on with a complete head: to the handler, or to the body first.
    private func begin(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        let head = loop.parser.head
        takeExchange(bytes)
        let received = ReceivedHead(head, bytes, count: head.length)
        if loop.server.access != nil { exchange.head = received }
        if head.traceFields == 1 { takeTrace(head, bytes, received) }
        let targetBytes = UnsafeBufferPointer(start: bytes + head.targetStart, count: head.targetEnd - head.targetStart)
        let target: RequestTarget
        switch RequestTarget.parse(targetBytes, method: head.method) {
        case .success(let parsed): target = parsed
        case .failure(let thrown):
            refuse(thrown.fault)
            return 0
        }
        guard head.hasBody else {
            startHandler(Request(head.method, target, received, exchange))
            return head.length
        }
        let there = count - head.length
        if !head.isChunked, there >= head.contentLength, head.contentLength <= loop.settings.limits.bodyBytes {
            let body = UnsafeBufferPointer(start: bytes + head.length, count: head.contentLength)
            startHandler(Request(head.method, target, received, exchange, body: Array(body)))
            return head.length + head.contentLength
        }
        admit(Request(head.method, target, received, exchange), AnnouncedBody(head, isBeginningThere: there > 0))
        return head.length
    }
}

extension Connection {
    /// More than one traceparent is the same as none.
    private func takeTrace(_ head: RequestHead, _ bytes: UnsafePointer<UInt8>, _ received: ReceivedHead) {
        exchange.trace = TraceContext(
            parsing: UnsafeBufferPointer(start: bytes + head.traceStart, count: head.traceCount),
            states: Headers(received).values(of: "tracestate"), span: loop.requestIDs.nextSpan())
    }
}

extension Request {
    @inline(__always)
    fileprivate init(
        _ method: Method, _ target: RequestTarget, _ head: ReceivedHead, _ exchange: Exchange, body: [UInt8] = []
    ) {
        self.init(
            method: method, path: target.path, query: target.query, headers: Headers(head), body: body,
            id: exchange.id)
        trace = exchange.trace
        encodedPath = target.encodedPath
    }
}
