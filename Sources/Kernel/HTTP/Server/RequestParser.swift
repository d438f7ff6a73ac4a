/// Parses a message head strictly by RFC 9112, in one pass from left to right: what it says of a beginning is either
/// `incomplete` or what it will say of the whole, so that the way in which a request was cut into packets never
/// decides how it is understood.
final class RequestParser {
    enum Outcome: Equatable {
        case incomplete
        case complete
        case failed(RequestFault)
    }

    let headBytes: Int
    let headerFields: Int
    let targetBytes: Int
    /// What was learned, after a failure too as far as it goes.
    var head = RequestHead()

    init(_ limits: ServerConfiguration.Limits) {
        headBytes = limits.headBytes
        headerFields = limits.headerFields
        targetBytes = limits.targetBytes
    }

    /// Parses the head at the start of `available` bytes.
    func parse(_ bytes: UnsafePointer<UInt8>, _ available: Int) -> Outcome {
        head = RequestHead()
        let count = min(available, headBytes)
        var index = 0
        if let outcome = parseRequestLine(bytes, count, &index) { return outcome }
        head.fieldsStart = index
        var fields = 0
        while true {
            guard index < count else { return endOfInput(count) }
            if bytes[index] == carriageReturn {
                guard index + 1 < count else { return endOfInput(count) }
                guard bytes[index + 1] == lineFeed else { return .failed(.malformedField) }
                head.length = index + 2
                return finish()
            }
            fields += 1
            if fields > headerFields { return .failed(.tooManyFields) }
            if let outcome = parseField(bytes, count, &index) { return outcome }
        }
    }

    /// The parse met the end of its input: more is needed, or no more is allowed.
    @inline(__always)
    func endOfInput(_ count: Int) -> Outcome {
        count == headBytes ? .failed(.headTooLarge) : .incomplete
    }

    /// `method SP request-target SP HTTP-version CRLF` (RFC 9112 section 3).
    private func parseRequestLine(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ index: inout Int
    ) -> Outcome? {
        var at = index
        while at < count, Grammar.isToken(bytes[at]) { at &+= 1 }
        guard at < count else { return endOfInput(count) }
        guard at > 0, bytes[at] == 32 else { return .failed(.malformedRequestLine) }
        head.method = Method(bytes, at)
        at &+= 1
        head.targetStart = at
        while at < count, bytes[at] &- 33 < 94, bytes[at] != UInt8(ascii: "#") { at &+= 1 }
        head.targetEnd = min(at, head.targetStart + targetBytes)
        if at - head.targetStart > targetBytes { return .failed(.targetTooLong) }
        guard at < count else { return endOfInput(count) }
        guard at > head.targetStart, bytes[at] == 32 else { return .failed(.malformedRequestLine) }
        at &+= 1
        return parseVersion(bytes, count, at, &index)
    }

    private func parseVersion(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ index: inout Int
    ) -> Outcome? {
        let pattern: StaticString = "HTTP/0.0\r\n"
        for offset in 0..<pattern.utf8CodeUnitCount {
            guard start + offset < count else { return endOfInput(count) }
            let byte = bytes[start + offset]
            let expected = pattern.utf8Start[offset]
            let fits = expected == UInt8(ascii: "0") ? Grammar.isDigit(byte) : byte == expected
            guard fits else { return .failed(.malformedRequestLine) }
        }
        let minor = bytes[start + 7] &- 48
        guard bytes[start + 5] == UInt8(ascii: "1"), minor <= 1 else { return .failed(.unsupportedVersion) }
        head.isHTTP10 = minor == 0
        index = start + pattern.utf8CodeUnitCount
        return nil
    }

    /// `field-name ":" OWS field-value OWS CRLF` (RFC 9112 section 5).
    @inline(__always)
    private func parseField(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ index: inout Int) -> Outcome? {
        var at = index
        let nameStart = at
        while at < count, Grammar.isToken(bytes[at]) { at &+= 1 }
        guard at < count else { return endOfInput(count) }
        let nameCount = at &- nameStart
        guard nameCount > 0, bytes[at] == UInt8(ascii: ":") else {
            return .failed(nameCount == 0 && Grammar.isBlank(bytes[at]) ? .foldedField : .malformedField)
        }
        at &+= 1
        while at < count, Grammar.isBlank(bytes[at]) { at &+= 1 }
        let valueStart = at
        while at < count, Grammar.isFieldContent(bytes[at]) { at &+= 1 }
        guard at < count else { return endOfInput(count) }
        guard bytes[at] == carriageReturn else { return .failed(.malformedField) }
        guard at + 1 < count else { return endOfInput(count) }
        guard bytes[at + 1] == lineFeed else { return .failed(.malformedField) }
        var valueEnd = at
        while valueEnd > valueStart, Grammar.isBlank(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        index = at &+ 2
        let fault = interpret(
            name: bytes + nameStart, nameCount, value: bytes + valueStart, valueEnd &- valueStart, at: valueStart)
        return fault.map { .failed($0) }
    }

    /// What can only be judged once all fields are known.
    private func finish() -> Outcome {
        if head.isChunked {
            if head.contentLength >= 0 { return .failed(.lengthAndCoding) }
            if head.isHTTP10 { return .failed(.codingInOldVersion) }
        }
        if head.hostCount > 1 { return .failed(.repeatedHost) }
        if head.hostCount == 0, !head.isHTTP10 { return .failed(.missingHost) }
        if head.method == .other { return .failed(.unknownMethod) }
        return .complete
    }
}

extension Method {
    /// The method spelled by `count` bytes; methods are case-sensitive.
    init(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        self =
            switch count {
            case 3 where Grammar.equals(bytes, count, "GET"): .get
            case 3 where Grammar.equals(bytes, count, "PUT"): .put
            case 4 where Grammar.equals(bytes, count, "POST"): .post
            case 4 where Grammar.equals(bytes, count, "HEAD"): .head
            case 6 where Grammar.equals(bytes, count, "DELETE"): .delete
            default: Self.rare(bytes, count)
            }
    }

    /// One that clients of this service hardly send.
    private static func rare(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Method {
        guard count <= longest else { return .other }
        return Method(rawValue: String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
            ?? .other
    }

    private static let longest = allCases.map(\.rawValue.utf8.count).max() ?? 0
}
