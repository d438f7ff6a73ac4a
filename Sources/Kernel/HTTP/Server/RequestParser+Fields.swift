/// The fields that decide how a request is framed and its connection kept. All others are only passed on.
extension RequestParser {
    @inline(__always)
    func interpret(
        name: UnsafePointer<UInt8>, _ nameCount: Int, value: UnsafePointer<UInt8>, _ valueCount: Int, at offset: Int
    ) -> RequestFault? {
        switch nameCount {
        case 4: Grammar.matches(name, nameCount, "host") ? readHost(value, valueCount) : nil
        case 6:
            if Grammar.matches(name, nameCount, "accept") {
                note(.accept)
            } else if Grammar.matches(name, nameCount, "expect") {
                readExpectation(value, valueCount)
            } else {
                note(.origin, Grammar.matches(name, nameCount, "origin"))
            }
        case 8: note(.ifMatch, Grammar.matches(name, nameCount, "if-match"))
        case 10: Grammar.matches(name, nameCount, "connection") ? readConnection(value, valueCount) : nil
        case 11: Grammar.matches(name, nameCount, "traceparent") ? readTrace(valueCount, offset) : nil
        case 12: Grammar.matches(name, nameCount, "x-request-id") ? readRequestID(value, valueCount, offset) : nil
        case 13: note(.ifNoneMatch, Grammar.matches(name, nameCount, "if-none-match"))
        case 14:
            Grammar.matches(name, nameCount, "content-length")
                ? readLength(value, valueCount)
                : note(.secFetchSite, Grammar.matches(name, nameCount, "sec-fetch-site"))
        case 15:
            Grammar.matches(name, nameCount, "accept-encoding")
                ? note(.acceptEncoding) : note(.idempotencyKey, Grammar.matches(name, nameCount, "idempotency-key"))
        case 17: Grammar.matches(name, nameCount, "transfer-encoding") ? readCoding(value, valueCount) : nil
        default: nil
        }
    }

    /// Remembers that a field is there which is read when somebody asks for it.
    private func note(_ field: HeldFields, _ isThere: Bool = true) -> RequestFault? {
        if isThere { head.held.insert(field) }
        return nil
    }

    private func readHost(_ value: UnsafePointer<UInt8>, _ count: Int) -> RequestFault? {
        head.hostCount += 1
        return Authority.isValid(value, count) ? nil : .malformedHost
    }

    /// RFC 9110 section 10.1.1: of an HTTP/1.0 request the expectation is ignored.
    private func readExpectation(_ value: UnsafePointer<UInt8>, _ count: Int) -> RequestFault? {
        guard Grammar.matches(value, count, "100-continue") else { return .unknownExpectation }
        head.expectsContinue = !head.isHTTP10
        return nil
    }

    /// RFC 9110 section 7.6.1: a list of options.
    private func readConnection(_ value: UnsafePointer<UInt8>, _ count: Int) -> RequestFault? {
        var index = 0
        while index < count {
            while index < count, Grammar.isBlank(value[index]) || value[index] == UInt8(ascii: ",") { index += 1 }
            let start = index
            while index < count, value[index] != UInt8(ascii: ",") { index += 1 }
            var end = index
            while end > start, Grammar.isBlank(value[end - 1]) { end -= 1 }
            if Grammar.matches(value + start, end - start, "close") {
                head.saysClose = true
            } else if Grammar.matches(value + start, end - start, "keep-alive") {
                head.saysKeepAlive = true
            }
        }
        return nil
    }

    /// Ignored unless well formed and given once: it is then replaced by an id of ours.
    private func readRequestID(_ value: UnsafePointer<UInt8>, _ count: Int, _ offset: Int) -> RequestFault? {
        head.requestIDFields += 1
        head.requestIDCount = 0
        let bytes = UnsafeBufferPointer(start: value, count: count)
        if head.requestIDFields == 1, (1...128).contains(count), bytes.allSatisfy(RequestID.isAllowed) {
            head.requestIDStart = offset
            head.requestIDCount = count
        }
        return nil
    }

    /// Only where it stands: it is looked at if the request is one.
    private func readTrace(_ count: Int, _ offset: Int) -> RequestFault? {
        head.traceFields += 1
        head.traceStart = offset
        head.traceCount = count
        return nil
    }

    /// RFC 9110 section 8.6: digits and nothing else. A length beyond counting is kept as one beyond any limit.
    private func readLength(_ value: UnsafePointer<UInt8>, _ count: Int) -> RequestFault? {
        guard count > 0 else { return .malformedLength }
        var length = 0
        for index in 0..<count {
            guard Grammar.isDigit(value[index]) else { return .malformedLength }
            length = length > 1 << 50 ? length : length * 10 + Int(value[index] - 48)
        }
        guard head.contentLength < 0 || head.contentLength == length else { return .conflictingLengths }
        head.contentLength = length
        return nil
    }

    /// RFC 9112 section 6.1: chunked, once, is the only coding that this server implements.
    private func readCoding(_ value: UnsafePointer<UInt8>, _ count: Int) -> RequestFault? {
        guard !head.isChunked, count > 0 else { return .repeatedCoding }
        guard Grammar.matches(value, count, "chunked") else { return .unknownCoding }
        head.isChunked = true
        return nil
    }
}
