/// What a text is written in that should be plain UTF-8 and, by its first bytes, is not.
enum TextEncoding {
    case utf8WithMark, utf16, utf32

    /// The byte order mark of UTF-8 (Unicode chapter 23.8).
    static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// nil for plain UTF-8, and for what cannot be told. Where there is no byte order mark, the zero bytes beside the
    /// first character give UTF-16 and UTF-32 away, since JSON begins with an ASCII character.
    init?(of text: UnsafeBufferPointer<UInt8>) {
        func byte(_ index: Int) -> UInt8? { index < text.count ? text[index] : nil }
        switch (byte(0), byte(1), byte(2), byte(3)) {
        case (0xef, 0xbb, 0xbf, _): self = .utf8WithMark
        case (0, 0, _, _), (0xff, 0xfe, 0, 0), (.some, 0, 0, 0): self = .utf32
        case (0xfe, 0xff, _, _), (0xff, 0xfe, _, _), (0, .some, _, _), (.some, 0, _, _): self = .utf16
        default: return nil
        }
    }

    /// For whoever has sent the text.
    var complaint: String {
        switch self {
        case .utf8WithMark: "unexpected byte order mark (EF BB BF; leave it out)"
        case .utf16: "text in UTF-16 (write it in UTF-8, without a byte order mark)"
        case .utf32: "text in UTF-32 (write it in UTF-8, without a byte order mark)"
        }
    }
}

extension [UInt8] {
    /// The text without the byte order mark that some editors put before UTF-8: for files and replies of others, which
    /// are taken as they come (RFC 8259 section 8.1).
    public var withoutByteOrderMark: [UInt8] { starts(with: TextEncoding.mark) ? Array(dropFirst(3)) : self }
}
