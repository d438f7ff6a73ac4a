import KernelTesting
import Testing

@testable import Kernel

/// Seeded mutations of valid requests. FUZZ_SECONDS says for how long (default 3), FUZZ_SEED with which seed; a
/// failure names the seed and the bytes.
@Suite("HTTP fuzzing")
struct HTTPFuzzTests {
    @Test("the parser says the same of a request wherever it is cut, and never reads past its end")
    func parser() async {
        var mutator = Mutator()
        await mutator.repeatUntilTimeIsOver { bytes, random in
            let whole = parse(bytes)
            for _ in 0..<4 {
                let count = Int.random(in: 0...bytes.count, using: &random)
                let beginning = parse(Array(bytes[..<count]))
                guard beginning.outcome == .incomplete || beginning.outcome == whole.outcome else { return false }
                if beginning.outcome == .complete, beginning.head.length != whole.head.length { return false }
            }
            return true
        }
    }

    @Test("the chunked decoder says the same of a body wherever it is cut")
    func decoder() async {
        var mutator = Mutator(
            corpus: [
                "5\r\nhello\r\n6;x=\"y\"\r\n world\r\n0\r\nT: v\r\n\r\n", "1\r\na\r\n0\r\n\r\n",
                "a ;b\r\n0123456789\r\n0\r\n\r\n",
            ])
        await mutator.repeatUntilTimeIsOver { bytes, random in
            var whole = ChunkedDecoder(ServerConfiguration.Limits())
            var wholeBody: [UInt8] = []
            let expected = decode(bytes, &whole, &wholeBody)
            var decoder = ChunkedDecoder(ServerConfiguration.Limits())
            var body: [UInt8] = []
            var outcome = ChunkedDecoder.Outcome.more
            var start = 0
            while start < bytes.count, outcome == .more {
                let end = min(bytes.count, start + Int.random(in: 1...8, using: &random))
                outcome = decode(Array(bytes[start..<end]), &decoder, &body)
                if case .finished(let consumed) = outcome { outcome = .finished(consumed: start + consumed) }
                start = end
            }
            return outcome == expected && body == wholeBody
        }
    }

    @Test("the server answers or closes whatever it is sent, and goes on serving")
    func server() async throws {
        try await withServer(
            {
                $0.deadlines.head = .milliseconds(200)
                $0.deadlines.body = .milliseconds(200)
                $0.deadlines.linger = .milliseconds(200)
            },
            handler: { request in
                if request.path.utf8.count % 2 == 0 { await Task.yield() }
                _ = request.segments
                _ = request.headers.fields
                return await echo(request)
            }
        ) { fixture in
            var mutator = Mutator()
            while let (bytes, seed) = mutator.next() {
                let connection = try fixture.connect()
                var start = 0
                while start < bytes.count {
                    let end = min(bytes.count, start + mutator.number(in: 1...max(1, bytes.count)))
                    guard connection.send(Array(bytes[start..<end])) else { break }
                    start = end
                }
                connection.finishSending()
                let answer = try await connection.readUntilClosed()
                let isHTTP = answer.isEmpty || answer.starts(with: Array("HTTP/1.1 ".utf8))
                #expect(isHTTP, "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            }
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
            #expect(fixture.server.counters.openConnections == 0)
            let isServed = try await Patience.until {
                try await fixture.response(to: get("/still-there")).text == "GET /still-there "
            }
            #expect(isServed)
        }
    }
}
