import Testing

@testable import Kernel

@Suite("Chunked decoder")
struct ChunkedDecoderTests {
    @Test("joins chunks, with extensions and trailers, and leaves what follows")
    func whole() {
        let text = "5\r\nhello\r\n006 ; a=b ;c=\"d e\"\r\n world\r\n0\r\nX: y\r\nZ:\r\n\r\nGET /"
        let (outcome, body) = decode(text)
        #expect(outcome == .finished(consumed: text.utf8.count - 5))
        #expect(body == "hello world")
    }

    @Test(
        "refuses malformed framing",
        arguments: [
            "b b\r\n", "5 \r\n", "\r\n", ";x\r\n", "g\r\n", "-1\r\n", "+5\r\n", "0x5\r\n", "5\n", "5;a\n", "5;a\rb\r\n",
            "5;a\0\r\n", "5\r\nhello", "123456789\r\n", "1\r\nab\r\n", "1\r\na\n", " 5\r\n", "5\t5\r\n",
        ])
    func malformed(text: String) {
        // What is only cut short goes on; a byte more than it could be followed by decides.
        #expect(decode(text + "!!").outcome == .failed(.malformedChunk))
    }

    @Test(
        "refuses malformed trailers, such as a request after a missing last line end",
        arguments: [
            "GET /next HTTP/1.1\r\n", " folded\r\n", "A : b\r\n", "A: b\n", "A: \0\r\n", ": b\r\n", "A\r\n", "\n",
            "\rX",
        ])
    func trailers(text: String) {
        #expect(decode("0\r\n" + text).outcome == .failed(.malformedTrailer))
    }

    @Test("limits the data, the extensions and the trailers, each by itself")
    func limits() {
        #expect(decode("400001\r\n").outcome == .failed(.bodyTooLarge))
        #expect(decode("ffffffff\r\n").outcome == .failed(.bodyTooLarge))
        let chunk = "1;" + String(repeating: "x", count: 300) + "\r\na\r\n"
        #expect(decode(String(repeating: chunk, count: 100)).outcome == .failed(.framingTooLarge))
        let trailer = "A: " + String(repeating: "x", count: 300) + "\r\n"
        #expect(decode("0\r\n" + String(repeating: trailer, count: 100)).outcome == .failed(.trailersTooLarge))
        let tiny = String(repeating: "1\r\na\r\n", count: 100_000) + "0\r\n\r\n"
        #expect(decode(tiny).body.utf8.count == 100_000)
    }

    @Test("decodes the same wherever its input is cut")
    func cuts() {
        let text = "5;e=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nT: v\r\n\r\nrest"
        let bytes = Array(text.utf8)
        for first in 0...bytes.count {
            for second in stride(from: first, through: bytes.count, by: 3) {
                var decoder = ChunkedDecoder(ServerConfiguration.Limits())
                var body: [UInt8] = []
                var consumed = 0
                for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
                    let outcome = decode(Array(piece), &decoder, &body)
                    if case .finished(let count) = outcome {
                        consumed += count
                        break
                    }
                    #expect(outcome == .more)
                    consumed += piece.count
                }
                #expect(consumed == bytes.count - 4)
                #expect(body == Array("hello world".utf8))
            }
        }
    }
}

private func decode(_ text: String) -> (outcome: ChunkedDecoder.Outcome, body: String) {
    var decoder = ChunkedDecoder(ServerConfiguration.Limits())
    var body: [UInt8] = []
    let outcome = decode(Array(text.utf8), &decoder, &body)
    return (outcome, String(decoding: body, as: UTF8.self))
}

func decode(_ bytes: [UInt8], _ decoder: inout ChunkedDecoder, _ body: inout [UInt8]) -> ChunkedDecoder.Outcome {
    bytes.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map { decoder.decode($0, buffer.count, into: &body) } ?? .more
    }
}
