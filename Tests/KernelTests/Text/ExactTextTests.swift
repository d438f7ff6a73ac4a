import KernelTesting
import Testing

@testable import Kernel

/// What Unicode calls equivalent and other programs tell apart.
@Suite("Texts that only look alike")
struct ExactTextTests {
    private enum Word: String, Vocabulary { case pick = "PICK", accent = "\u{e9}" }

    @Test(
        "are equal for Swift, and different here",
        arguments: [("K", "\u{212a}"), ("\u{e9}", "e\u{301}"), (";", "\u{37e}")])
    func different(text: String, lookalike: String) throws {
        #expect(text == lookalike, "Swift's own equality")
        #expect(!text.isExactly(lookalike) && text.isExactly(text))
        #expect(![lookalike].containsExactly(text))
        #expect(Set([text, lookalike].map(ExactText.init)).count == 2)
        #expect(JSON.string(text) != JSON.string(lookalike))
        let (object, other): (JSON, JSON) = ([(text, 1)].json, [(lookalike, 1)].json)
        #expect(object != other && object[lookalike] == nil && object[text] == 1)
        #expect(Set([object, other]).count == 2)
    }

    @Test("are no words of a vocabulary")
    func vocabulary() {
        #expect(Word(rawValue: "PIC\u{212a}") == nil)
        #expect(Word(rawValue: "e\u{301}") == nil)
        #expect(["PICK", "\u{e9}", "pick"].map(Word.init) == [.pick, .accent, nil])
    }

    @Test("are two members of one object", arguments: [0, 40])
    func members(others: Int) throws {
        let before = (0..<others).map { "\"k\($0)\":0," }.joined()
        let object = try JSON(parsing: Array("{\(before)\"\u{e9}\":1,\"e\u{301}\":2}".utf8))
        #expect(object["\u{e9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test("are two routes, keys of the configuration, and hosts of credentials")
    func elsewhere() {
        let operation = Operation("An operation", access: .anyone)
        let router = Router([Route(.get, "/K", operation) { _ in Response() }])
        #expect(router.literalRoute(.get, "/K") == 0 && router.literalRoute(.get, "/\u{212a}") == nil)
        let configuration = Configuration(yaml: "\u{e9}: 1\ne\u{301}: 2")
        #expect(configuration.problems.isEmpty)
        let keys = Configuration(yaml: "api\u{212a}eys: [one]")
        #expect(keys.root.strings("apiKeys", "Keys") == [])
        #expect(keys.finish().map(\.what) == ["unknown key 'api\u{212a}eys'"])
        #expect(Redaction.hidingSecrets(in: "mongodb://me:word@\u{301}host") == "mongodb://***@\u{301}host")
    }
}

extension [(String, JSON)] {
    fileprivate var json: JSON {
        var object = JSONObject()
        for (name, value) in self { object[name] = value }
        return .object(object)
    }
}
