import Kernel
import Testing

@Suite("Words for truth values")
struct TruthWordTests {
    @Test(
        "are read in any letter case",
        arguments: [("true", "false"), ("yes", "no"), ("on", "off"), ("t", "f"), ("y", "n"), ("1", "0")])
    func words(yes: String, no: String) {
        for (word, value) in [(yes, true), (no, false)] {
            for spelling in [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()] {
                #expect(Bool(word: spelling) == value)
                #expect(Bool(flag: .string(spelling)) == value)
            }
        }
    }

    @Test(
        "are no others: neither parts of them, nor with blanks, nor in letters that only look alike",
        arguments: [
            "", " true", "true ", "tru", "truee", "2", "01", "+1", "enabled", "null", "o\u{FB00}", "n\u{30A}", "ｙ",
        ])
    func others(text: String) {
        #expect(Bool(word: text) == nil)
        #expect(Bool(flag: .string(text)) == nil)
    }

    @Test("stand beside booleans and the numbers 1 and 0 in JSON")
    func values() {
        #expect(Bool(flag: true) == true)
        #expect(Bool(flag: 0) == false)
        #expect(Bool(flag: .number(1)) == true)
        for value: JSON in [2, -1, .number(0.5), .null, [], [:]] { #expect(Bool(flag: value) == nil) }
    }
}
