/// How many columns text takes on a terminal (Unicode Standard Annex 11), which is neither its bytes nor its letters.
extension TextLayout {
    /// The columns of a line: two for wide letters and emoji, none for marks that stand on another letter.
    public static func width(of text: String) -> Int { text.reduce(0) { $0 + width(of: $1) } }

    /// The text if it fits, otherwise as much of it as does with `…` behind.
    /// - Parameters:
    ///   - text: one line.
    ///   - columns: how wide it may be.
    public static func clip(_ text: String, to columns: Int) -> String {
        // Most are short: bytes are never fewer than columns.
        if text.utf8.count <= columns { return text }
        var result = ""
        var used = 0
        var fitting = result.endIndex
        for character in text {
            used += width(of: character)
            if used > columns { return columns < 1 ? "" : result[..<fitting] + "…" }
            // Hundreds of marks on one letter would run over the lines around.
            result.unicodeScalars.append(contentsOf: character.unicodeScalars.prefix(scalarsOfCharacter))
            if used < columns { fitting = result.endIndex }
        }
        return result
    }

    /// The text, clipped or filled up with blanks to exactly that many columns.
    public static func pad(_ text: String, to columns: Int) -> String {
        let clipped = clip(text, to: columns)
        return clipped + String(repeating: " ", count: max(0, columns - width(of: clipped)))
    }

    /// The longest emoji sequence in use has ten.
    private static let scalarsOfCharacter = 12

    private static func width(of character: Character) -> Int {
        if character.isASCII { return 1 }
        var widest = 0
        for scalar in character.unicodeScalars.prefix(scalarsOfCharacter) {
            // Asks for the emoji where a letter could be either.
            if scalar.value == 0xfe0f { return 2 }
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: continue
            default: widest = max(widest, isWide(scalar) ? 2 : 1)
            }
        }
        return widest
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isEmojiPresentation { return true }
        return switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x20000...0x3fffd:
            true
        default: false
        }
    }
}
