import Testing

@testable import Kernel

@Suite("JSON")
struct JSONTests {
    @Test(
        "what is written is what was read",
        arguments: [
            "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "-0.25",
            #""""#, #""æøå 😀""#, #""a\"b\\c\nd\te\u0000f""#, "[]", "{}", #"[1,"two",null,[true],{"a":{"b":[]}}]"#,
            #"{"z":1,"a":2,"m":3}"#,
        ])
    func roundTrip(text: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)).text == text)
    }

    @Test(
        "other spellings mean the same value",
        arguments: [
            (#""\u00e6\ud83d\ude00\/""#, #""æ😀/""#), (" [ 1 , 2 ]\r\n", "[1,2]"), ("\t{ \"a\" :1}", #"{"a":1}"#),
            ("1e2", "100.0"), ("18446744073709551616", "1.8446744073709552e+19"), ("-0", "0"),
            (#""\b\f""#, #""\u0008\u000c""#),
        ])
    func spellings(text: String, canonical: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)).text == canonical)
    }

    @Test(
        "a text that is no JSON is refused with its line and column",
        arguments: [
            ("", "empty text where a JSON value is expected at line 1, column 1"),
            ("[1,]", "unexpected ']' where a value is expected at line 1, column 4"),
            ("{\"a\":1,}", "expected a member name in double quotes, found '}' at line 1, column 8"),
            (
                "{\n  \"a\": tru\n}",
                "unexpected word where a value is expected (did you mean true?) at line 2, column 8"
            ),
            ("{'a':1}", "expected a member name in double quotes, found ''' at line 1, column 2"),
            ("[1] 2", "unexpected '2' after the end of the JSON value at line 1, column 5"),
            ("{\"a\":1,\"b\":2,\"a\":3}", "the name \"a\" stands twice in one object at line 1, column 14"),
            ("\"\\ud800\"", "lone surrogate escape in a string at line 1, column 2"),
            ("\"\\ud800\\u0041\"", "lone surrogate escape in a string at line 1, column 2"),
            ("\"\\udc00\"", "lone surrogate escape in a string at line 1, column 2"),
            ("\"\\u12g4\"", "a \\u escape needs four hexadecimal digits at line 1, column 2"),
            ("\"\\x\"", "unknown escape in a string at line 1, column 2"),
            ("\"a\nb\"", "control character byte 0xA in a string (write it as an escape) at line 1, column 3"),
            ("\"abc", "a string that is not closed at line 1, column 5"),
            ("01", "a number with a leading zero at line 1, column 2"),
            ("1.", "expected a digit, found the end of the text at line 1, column 3"),
            ("-", "expected a digit, found the end of the text at line 1, column 2"),
            ("+1", "unexpected '+' where a value is expected at line 1, column 1"),
            ("1e999", "a number beyond the range of 64-bit floating point at line 1, column 1"),
            ("NaN", "unexpected 'N' where a value is expected at line 1, column 1"),
            ("\u{feff}1", "unexpected byte order mark (EF BB BF; leave it out) at line 1, column 1"),
            ("1\u{feff}", "unexpected byte 0xEF after the end of the JSON value at line 1, column 2"),
        ])
    func refusals(text: String, message: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(text.utf8)) }
        do {
            _ = try JSON(parsing: Array(text.utf8))
        } catch {
            #expect(error.description == message)
        }
    }

    @Test(
        "invalid UTF-8 in a string is refused",
        arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [quote] + bytes + [quote]) }
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [quote, 0x5c, 0x6e] + bytes + [quote]) }
    }

    @Test(
        "a text in UTF-16 or UTF-32 is told from one in UTF-8, with and without a byte order mark",
        arguments: [
            ("UTF-16", [0xff, 0xfe, 0x7b, 0, 0x7d, 0]), ("UTF-16", [0xfe, 0xff, 0, 0x7b, 0, 0x7d]),
            ("UTF-16", [0x7b, 0, 0x7d, 0]), ("UTF-16", [0, 0x7b, 0, 0x7d]), ("UTF-16", [0x31, 0]),
            ("UTF-16", [0, 0x31]),
            ("UTF-32", [0xff, 0xfe, 0, 0, 0x31, 0, 0, 0]), ("UTF-32", [0, 0, 0xfe, 0xff, 0, 0, 0, 0x31]),
            ("UTF-32", [0x31, 0, 0, 0]), ("UTF-32", [0, 0, 0, 0x31]),
        ] as [(String, [UInt8])])
    func otherEncodings(name: String, bytes: [UInt8]) {
        let message = "text in \(name) (write it in UTF-8, without a byte order mark) at line 1, column 1"
        let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: bytes) }
        #expect(error?.description == message)
    }

    @Test("a byte order mark is taken off where a text is taken as it comes")
    func byteOrderMark() throws {
        #expect(try JSON(parsing: Array("\u{feff}[1]".utf8).withoutByteOrderMark) == [1])
        #expect(Array("[1]".utf8).withoutByteOrderMark == Array("[1]".utf8))
    }

    @Test("nesting beyond the limit is refused before the stack suffers")
    func depth() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(throws: Never.self) { try JSON(parsing: Array(deepest.utf8)) }
        for text in [String(repeating: "[", count: 1_000_000), String(repeating: #"{"a":"#, count: 100_000)] {
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(text.utf8)) }
        }
    }

    @Test("an object with many members is read, and a repeated name among them found")
    func manyMembers() throws {
        let members = (0..<20_000).map { "\"k\($0)\":\($0)" }
        let object = try JSON(parsing: Array("{\(members.joined(separator: ","))}".utf8))
        #expect(object["k19999"] == .integer(19_999))
        let repeated = "{\((members + ["\"k7\":0"]).joined(separator: ","))}"
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(repeated.utf8)) }
    }

    @Test("random bytes never crash the parser, and what it accepts it writes back to the same value")
    func randomBytes() throws {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array(#"{}[]:,"\u00e5dtrufalsn 0123456789.eE+-"#.utf8) + [0xc3, 0xa5, 0xff, 0x0a]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...24, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            guard let value = try? JSON(parsing: text) else { continue }
            #expect(try JSON(parsing: value.bytes) == value)
        }
    }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
