import Kernel

/// Brings a document into the one spelling of strings that `JSON.write` has, which comparing names and raw strings
/// relies on. Nearly every document is in it already: a scan for backslashes is all that it costs.
enum CanonicalJSON {
    static func canonical(_ document: [UInt8]) throws -> [UInt8] {
        if hasOnlyCanonicalEscapes(document) { return document }
        do {
            return try JSON(parsing: document).bytes
        } catch {
            throw StoreError.misuse("a document to be kept is not valid JSON: \(error)")
        }
    }

    private static func hasOnlyCanonicalEscapes(_ bytes: [UInt8]) -> Bool {
        var index = 0
        while let place = bytes[index...].firstIndex(of: UInt8(ascii: "\\")) {
            index = place
            guard let length = canonicalEscape(bytes[index...].prefix(6)) else { return false }
            index += length
        }
        return true
    }

    /// The length of the escape that `bytes` start with, or nil if `JSON.write` would write it otherwise.
    private static func canonicalEscape(_ bytes: ArraySlice<UInt8>) -> Int? {
        switch bytes.dropFirst().first {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            // The control characters that have no short form, and only these.
            for byte in UInt8(0)..<0x20 where JSON.string(String(UnicodeScalar(byte))).bytes.count == 8 {
                if JSON.string(String(UnicodeScalar(byte))).bytes[1...6].elementsEqual(bytes) { return 6 }
            }
            return nil
        default:
            return nil
        }
    }
}
