/// Decodes a chunked body (RFC 9112 section 7.1) byte by byte in its framing and in bulk in its data, and checks
/// every byte of it: sizes, extensions and trailers are as strict as header fields. Trailers are discarded.
struct ChunkedDecoder {
    enum Outcome: Equatable {
        /// All input was consumed and the body goes on.
        case more
        /// The body ended after `consumed` bytes of the input.
        case finished(consumed: Int)
        case failed(RequestFault)
    }

    private enum Place: UInt8 {
        case size, afterSize, blanks, `extension`, sizeEnd
        case data, dataReturn, dataEnd
        case trailerStart, trailerName, trailerValue, trailerEnd, lastEnd
    }

    private let bodyBytes: Int
    private let framingBytes: Int
    private var place = Place.size
    private var digits = 0
    /// Bytes of the present chunk that are still to come.
    private var remaining = 0
    /// Bytes of extensions and trailers, which carry no data and are limited by themselves.
    private var framing = 0

    init(_ limits: ServerConfiguration.Limits) {
        bodyBytes = limits.bodyBytes
        framingBytes = limits.framingBytes
    }

    /// Appends the data in `count` bytes of input to `body`.
    mutating func decode(_ bytes: UnsafePointer<UInt8>, _ count: Int, into body: inout [UInt8]) -> Outcome {
        var index = 0
        while index < count {
            if place == .data {
                let taken = min(remaining, count - index)
                body.append(contentsOf: UnsafeBufferPointer(start: bytes + index, count: taken))
                index += taken
                remaining -= taken
                if remaining == 0 { place = .dataReturn }
                continue
            }
            if place == .lastEnd {
                return bytes[index] == lineFeed ? .finished(consumed: index + 1) : .failed(.malformedTrailer)
            }
            if let fault = read(bytes[index], bodyCount: body.count) { return .failed(fault) }
            index += 1
        }
        return .more
    }

    private mutating func read(_ byte: UInt8, bodyCount: Int) -> RequestFault? {
        switch place {
        case .size: readSize(byte, bodyCount)
        case .afterSize, .blanks, .extension: readExtension(byte)
        case .sizeEnd: expect(lineFeed, byte, then: remaining > 0 ? .data : .trailerStart)
        case .dataReturn: expect(carriageReturn, byte, then: .dataEnd)
        case .dataEnd: expect(lineFeed, byte, then: .size)
        case .trailerStart, .trailerName, .trailerValue: readTrailer(byte)
        case .trailerEnd: byte == lineFeed ? go(.trailerStart) : .malformedTrailer
        case .data, .lastEnd: nil
        }
    }

    private mutating func readSize(_ byte: UInt8, _ bodyCount: Int) -> RequestFault? {
        if let digit = hexadecimalValue(byte) {
            digits += 1
            guard digits <= 8 else { return .malformedChunk }
            remaining = remaining << 4 | Int(digit)
            return nil
        }
        guard digits > 0 else { return .malformedChunk }
        guard remaining <= bodyBytes - bodyCount else { return .bodyTooLarge }
        digits = 0
        place = .afterSize
        return readExtension(byte)
    }

    /// After the digits only blanks and then a semicolon, or the end of the line.
    private mutating func readExtension(_ byte: UInt8) -> RequestFault? {
        if byte == carriageReturn, place != .blanks { return go(.sizeEnd) }
        framing += 1
        if framing > framingBytes { return .framingTooLarge }
        if place == .extension { return Grammar.isFieldContent(byte) ? nil : .malformedChunk }
        if byte == UInt8(ascii: ";") { return go(.extension) }
        return Grammar.isBlank(byte) ? go(.blanks) : .malformedChunk
    }

    private mutating func readTrailer(_ byte: UInt8) -> RequestFault? {
        if place == .trailerStart, byte == carriageReturn { return go(.lastEnd) }
        framing += 1
        if framing > framingBytes { return .trailersTooLarge }
        if place == .trailerValue {
            if byte == carriageReturn { return go(.trailerEnd) }
            return Grammar.isFieldContent(byte) ? nil : .malformedTrailer
        }
        if Grammar.isToken(byte) { return go(.trailerName) }
        return byte == UInt8(ascii: ":") && place == .trailerName ? go(.trailerValue) : .malformedTrailer
    }

    private mutating func expect(_ expected: UInt8, _ byte: UInt8, then next: Place) -> RequestFault? {
        byte == expected ? go(next) : .malformedChunk
    }

    private mutating func go(_ next: Place) -> RequestFault? {
        place = next
        return nil
    }
}
