import Glibc

/// The character classes of RFC 9110 section 5.6 and comparisons over borrowed bytes.
enum Grammar {
    /// `tchar`: the characters of methods and field names, as two 64-bit masks.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
        return byte < 128 && high >> UInt64(byte &- 64) & 1 == 1
    }

    /// What a field value may contain: visible characters, blanks and obs-text, but no control character.
    @inline(__always)
    static func isFieldContent(_ byte: UInt8) -> Bool { byte >= 32 && byte != 127 || byte == 9 }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    /// Whether `count` bytes equal `word`, which is in lower case, if letter case is ignored.
    @inline(__always)
    static func matches(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let expected = word.utf8Start
        var index = 0
        while index < count {
            var byte = bytes[index]
            if byte &- 65 < 26 { byte |= 0x20 }
            if byte != expected[index] { return false }
            index &+= 1
        }
        return true
    }

    @inline(__always)
    static func equals(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ word: StaticString) -> Bool {
        count == word.utf8CodeUnitCount && memcmp(bytes, word.utf8Start, count) == 0
    }
}

let carriageReturn: UInt8 = 13
let lineFeed: UInt8 = 10
