import KernelTesting
import Testing

@testable import Kernel

@Suite("Request parser")
struct RequestParserTests {
    @Test("understands a request's line and its framing fields")
    func plain() {
        let parsed = parse(
            "PUT /jobs/1?x=1 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 12\r\nX-Request-ID: abc\r\n\r\nbody")
        #expect(parsed.outcome == .complete)
        #expect(parsed.head.method == .put)
        #expect(parsed.head.contentLength == 12)
        #expect(parsed.head.keepsAlive)
        #expect(parsed.head.requestIDCount == 3)
    }

    @Test(
        "refuses what smuggles or is ambiguous",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", RequestFault.missingHost),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
            ("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
            ("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: a:8o\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: []\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: a, b@c\r\n\r\n", .malformedHost),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthAndCoding),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", .lengthAndCoding),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .conflictingLengths),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", .malformedLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .malformedLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", .malformedLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", .malformedLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\n", .malformedLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .malformedLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", .malformedField),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unknownCoding),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", .unknownCoding),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", .unknownCoding),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                .repeatedCoding
            ),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .codingInOldVersion),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", .foldedField),
            ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedField),
            ("GET / HTTP/1.1\nHost: a\n\n", .malformedRequestLine),
            ("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", .malformedField),
            ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
            ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
            ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
            ("GET /\r\n\r\n", .malformedRequestLine),
            ("GET / http/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
            ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .malformedRequestLine),
            ("\u{16}\u{3}\u{1}", .malformedRequestLine),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .unsupportedVersion),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
            ("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", .unknownExpectation),
            ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
            ("get / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
            ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
        ])
    func refused(text: String, fault: RequestFault) {
        #expect(parse(text).outcome == .failed(fault))
    }

    @Test(
        "takes hosts of every legal form",
        arguments: ["", "a", "a:", "a:8080", "127.0.0.1:1", "[::1]", "[::1]:8000", "xn--a.example", "a%20b", "_a~"])
    func hosts(host: String) {
        #expect(parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").outcome == .complete)
    }

    @Test("takes two equal lengths, and one of more digits than a number has for what it is: too large")
    func lengths() {
        #expect(
            parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n").outcome == .complete)
        let huge = parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999999\r\n\r\n")
        #expect(huge.outcome == .complete)
        #expect(huge.head.contentLength > 1 << 50)
    }

    @Test("keeps a connection alive as its version and its options say")
    func keepAlive() {
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n").head.keepsAlive)
        #expect(!parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: x , Close\r\n\r\n").head.keepsAlive)
        #expect(!parse("GET / HTTP/1.0\r\n\r\n").head.keepsAlive)
        #expect(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").head.keepsAlive)
    }

    @Test("names the limit that a request exceeds")
    func limits() {
        let long = String(repeating: "a", count: 20_000)
        #expect(parse("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n").outcome == .failed(.targetTooLong))
        #expect(parse("GET /\(long.prefix(9000))").outcome == .failed(.targetTooLong))
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n").outcome == .failed(.headTooLarge))
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)").outcome == .failed(.headTooLarge))
        let many = String(repeating: "X: y\r\n", count: 100)
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n").outcome == .failed(.tooManyFields))
        let allowed = String(repeating: "X: y\r\n", count: 99)
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(allowed)\r\n").outcome == .complete)
    }

    @Test("says of every beginning of a request that more is needed, or what it says of the whole")
    func prefixes() {
        for text in RequestCorpus.all {
            let bytes = Array(text.utf8)
            let whole = parse(bytes).outcome
            for count in 1...bytes.count {
                let outcome = parse(Array(bytes[..<count])).outcome
                #expect(outcome == .incomplete || outcome == whole)
            }
        }
    }
}

func parse(_ text: String) -> (outcome: RequestParser.Outcome, head: RequestHead) { parse(Array(text.utf8)) }

func parse(_ bytes: [UInt8]) -> (outcome: RequestParser.Outcome, head: RequestHead) {
    let parser = RequestParser(ServerConfiguration.Limits())
    let outcome = bytes.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map { parser.parse($0, buffer.count) } ?? .incomplete
    }
    return (outcome, parser.head)
}
