import Kernel
import KernelTesting
import Testing

@Suite("Trace context")
struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "b7ad6b7169203331"
    private static let valid = "00-\(trace)-\(parent)-01"

    @Test(
        "is read from a valid traceparent, of later versions as far as this one knows it",
        arguments: [
            (valid, true), ("00-\(trace)-\(parent)-00", false), ("00-\(trace)-\(parent)-ff", true),
            ("00-\(trace)-\(parent)-02", false), ("cc-\(trace)-\(parent)-01", true),
            ("cc-\(trace)-\(parent)-01-what-may-come", true), ("01-\(trace)-\(parent)-01-", true),
        ])
    func accepted(header: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(parsing: header.utf8, span: 0xab))
        #expect(context.traceID == Self.trace)
        #expect(context.parentID == Self.parent)
        #expect(context.spanID == "00000000000000ab")
        #expect(context.isSampled == isSampled)
        #expect(context.header == "00-\(Self.trace)-00000000000000ab-0\(isSampled ? 1 : 0)")
    }

    @Test(
        "is nothing if traceparent is not valid",
        arguments: [
            "", "00", "ff-\(trace)-\(parent)-01", "0-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-1",
            "00-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-01-more", "00-\(trace)-\(parent)-011",
            "cc-\(trace)-\(parent)-01.more", "cc-\(trace)-\(parent)-0", "00-\(trace.uppercased())-\(parent)-01",
            "00-\(trace)-\(parent.uppercased())-01", "00-\(trace)-\(parent)-0A", "0A-\(trace)-\(parent)-01",
            "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
            "00_\(trace)_\(parent)_01", "00-\(trace.dropLast())g-\(parent)-01", "00-\(trace)\(parent)-0100",
            "00-\(trace)-\(parent.dropLast())--01", " \(valid)", "é0-\(trace)-\(parent)-1",
        ])
    func refused(header: String) {
        #expect(TraceContext(parsing: header.utf8, span: 1) == nil)
    }

    @Test("passes a valid tracestate on, of several fields as one list")
    func state() {
        func state(_ fields: String...) -> String? {
            TraceContext(parsing: Self.valid.utf8, states: fields, span: 1)?.state
        }
        #expect(state("rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE") == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        #expect(state("a=1 ,\tb=2,,", "") == "a=1,b=2")
        #expect(state("0tenant@system=x y", "a/b*c-d_e=!~") == "0tenant@system=x y,a/b*c-d_e=!~")
        let many = (0..<33).map { "k\($0)=v" }
        #expect(state(many.dropLast().joined(separator: ",")) != nil)
        #expect(state(many.joined(separator: ",")) == nil)
        for bad in ["", "novalue", "=v", "A=1", "a=b=c", "a=", "@x=1", "a@=1", "a@b@c=1", "a=é", "1a=x", "a b=1"] {
            #expect(state(bad) == nil, "\(bad)")
        }
        #expect(state("a=" + String(repeating: "v", count: 257)) == nil)
    }

    @Test("of a request is on its access record, its response and with its handler; each request has its own span")
    func live() async throws {
        try await withServer(handler: { request in
            let trace = request.trace.map { "\($0.traceID) \($0.parentID) \($0.spanID) \($0.state ?? "none")" }
            return Response(contentType: .text, body: .bytes(Array((trace ?? "no trace").utf8)))
        }) { fixture in
            let client = try fixture.connect()
            var spans: Set<String> = []
            for _ in 0..<2 {
                client.send(get("/", "TraceParent: \(Self.valid)", "tracestate: a=1", "Tracestate: b=2"))
                let response = try await client.readResponse()
                let words = response.text.split(separator: " ").map(String.init)
                #expect(words[0...1] == [Self.trace, Self.parent] && words[3] == "a=1,b=2")
                #expect(response["traceresponse"] == "00-\(Self.trace)-\(words[2])-01")
                #expect(fixture.access.all.last?.trace?.spanID == words[2])
                spans.insert(words[2])
            }
            #expect(spans.count == 2)
            for fields in [
                [], ["traceparent: \(Self.valid)x"], Array(repeating: "traceparent: \(Self.valid)", count: 2),
            ] {
                client.send("GET / HTTP/1.1\r\nHost: x\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
                let response = try await client.readResponse()
                #expect(response.text == "no trace" && response["traceresponse"] == nil)
            }
            #expect(fixture.access.all.last?.trace == nil)
        }
    }
}
