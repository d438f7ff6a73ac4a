/// Writes request targets (RFC 3986): everything but unreserved characters is encoded.
public enum PercentEncoding {
    /// The text that was encoded; nil if an escape is none, or what comes out is no UTF-8.
    public static func decode(_ text: String) -> String? {
        Array(text.utf8).withUnsafeBufferPointer { PercentDecoding.decode($0, plusIsSpace: false) }
    }

    /// A path with a query.
    public static func target(_ path: String, _ query: [QueryItem]) -> String {
        let pairs = query.map { "\(encode($0.name))=\(encode($0.value))" }
        return path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    /// One segment of a path, or one name or value of a query.
    public static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                encoded.append(UInt8(ascii: "%"))
                encoded.append(contentsOf: String(byte >> 4, radix: 16, uppercase: true).utf8)
                encoded.append(contentsOf: String(byte & 15, radix: 16, uppercase: true).utf8)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
