import Testing

@testable import Kernel

@Suite("What commands print")
struct TextTests {
    @Test("control characters of stored texts are escaped")
    func printable() {
        #expect("a\u{1b}[31m\n\u{9b}é😀\u{202e}".printable() == #"a\u{1B}[31m\n\u{009B}é😀\u{202E}"#)
        #expect("two\nlines\t".printable(keepsLines: true) == "two\nlines\\t")
    }

    @Test("text is styled where that is wanted, and only there")
    func style() {
        #expect(TextStyle(isOn: true).red("x") == "\u{1b}[31mx\u{1b}[0m")
        #expect(TextStyle(isOn: false).red("x") == "x")
        #expect(TextStyle(isOn: true).bold("") == "")
    }

    @Test("long text is broken at spaces")
    func wrap() {
        let words = Array(repeating: "word", count: 60).joined(separator: " ")
        let lines = TextLayout.wrap(words, indent: 10).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("          word") && $0.count <= 100 })
        #expect(lines[0].count <= 90)
    }

    @Test(
        "a response is taken apart only if it is whole",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\na\r\n0123456789\r\n0\r\n\r\n",
                "ok0123456789"
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", nil),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", nil), ("HTTP/1.1 200 OK\r\n", nil), ("", nil),
            ("HTTP/1.1 200 OK\r\n\r\n-1\r\n", nil),
        ] as [(String, String?)])
    func reply(text: String, body: String?) {
        #expect(ReceivedReply(Array(text.utf8)).map { String(decoding: $0.body, as: UTF8.self) } == body)
    }

    @Test("the link to the next page is found")
    func link() {
        let headers: [(name: String, value: String)] = [
            ("Link", "</first>; rel=\"first\""), ("Link", "<?after=1>; rel=\"next\""),
        ]
        #expect(
            ServiceReply(status: 200, headers: .init(headers), body: [], program: "job-service").next(
                after: "/jobs?limit=1") == "/jobs?after=1"
        )
        #expect(
            ServiceReply(status: 200, headers: .init(), body: [], program: "job-service").next(after: "/jobs") == nil)
    }
}
