/// The one reader of truth values that clients, scripts and operators write as text.
extension Bool {
    /// What they may write, for messages and documentation.
    public static let spelling = "true or false (or yes/no, on/off, t/f, y/n, 1/0)"

    /// Reads one of the words true/false, yes/no, on/off, t/f, y/n and 1/0, in any case of ASCII letters; nil for
    /// everything else.
    public init?(word: some StringProtocol) {
        let lowercase = word.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        guard let value = Self.words[lowercase] else { return nil }
        self = value
    }

    /// Reads a JSON value that stands for one: a boolean, 1 or 0, or one of the words as a string; nil for
    /// everything else.
    public init?(flag value: JSON) {
        switch value {
        case .bool(let value): self = value
        case .string(let word): self.init(word: word)
        default:
            guard let number = value.wholeNumber, (0...1).contains(number) else { return nil }
            self = number == 1
        }
    }

    /// The words as a regular expression (ECMA-262), for descriptions of what is accepted.
    static let wordPattern = {
        let alternatives = words.keys.map { word in
            word.map { byte in
                let letter = String(UnicodeScalar(byte))
                return letter == letter.uppercased() ? letter : "[\(letter.uppercased())\(letter)]"
            }.joined()
        }
        return "^(\(alternatives.sorted().joined(separator: "|")))$"
    }()

    private static let words: [[UInt8]: Bool] = {
        var words: [[UInt8]: Bool] = [:]
        for (yes, no) in [("true", "false"), ("yes", "no"), ("on", "off"), ("t", "f"), ("y", "n"), ("1", "0")] {
            words[Array(yes.utf8)] = true
            words[Array(no.utf8)] = false
        }
        return words
    }()
}
