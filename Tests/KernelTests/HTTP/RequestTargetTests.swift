import Testing

@testable import Kernel

@Suite("Request target")
struct RequestTargetTests {
    @Test("decodes path and query, keeping repeated parameters in order")
    func query() throws {
        let target = try parse("/a%20b+c?x=1&y=%C3%A9+z&x=2&flag&=v&&e=")
        #expect(target.path == "/a b+c")
        #expect(
            target.query == [
                QueryItem("x", "1"), QueryItem("y", "é z"), QueryItem("x", "2"), QueryItem("flag", ""),
                QueryItem("", "v"), QueryItem("e", ""),
            ])
    }

    @Test("understands the absolute form, with or without a path")
    func absolute() throws {
        #expect(try parse("http://example.org/jobs?x=1").path == "/jobs")
        #expect(try parse("HTTPS://example.org:8443").path == "/")
        #expect(try parse("http://[::1]:80?x=1").query == [QueryItem("x", "1")])
    }

    @Test("understands the asterisk for OPTIONS only")
    func asterisk() throws {
        #expect(try parse("*", method: .options).path == "*")
        #expect(fault("*") == .malformedTarget)
    }

    @Test(
        "refuses other forms",
        arguments: ["jobs", "http://", "http:///x", "ftp://a/x", "http://u@a/", "a:80", "**", "?"])
    func others(text: String) {
        #expect(fault(text) == .malformedTarget)
    }

    @Test(
        "refuses escapes that are malformed or stand for no text",
        arguments: [
            "/%", "/%4", "/%zz", "/%0", "/%00", "/a%00b", "/%ff", "/%c3", "/%ed%a0%80", "/?%00", "/?a=%zz", "/?a=%ff",
            "/?a=%", "/x?%c3=1",
        ])
    func escapes(text: String) {
        #expect(fault(text) == .malformedPercentEncoding)
    }

    @Test("keeps an escaped slash inside its segment")
    func segments() throws {
        func segments(_ text: String) throws -> [String] {
            let target = try parse(text)
            var request = Request(path: target.path)
            request.encodedPath = target.encodedPath
            return request.segments
        }
        #expect(try segments("/jobs/a%2Fb") == ["jobs", "a/b"])
        #expect(try segments("/jobs/a%2fb%20c/") == ["jobs", "a/b c", ""])
        #expect(try segments("/jobs/a%252Fb") == ["jobs", "a%2Fb"])
        #expect(try segments("/j%C3%A9/b") == ["jé", "b"])
        #expect(try segments("/") == [""])
    }

    private func parse(_ text: String, method: Kernel.Method = .get) throws -> RequestTarget {
        try Array(text.utf8).withUnsafeBufferPointer { try RequestTarget.parse($0, method: method).get() }
    }

    private func fault(_ text: String) -> RequestFault? {
        do {
            _ = try parse(text)
            return nil
        } catch {
            return (error as? RequestFault.Thrown)?.fault
        }
    }
}
