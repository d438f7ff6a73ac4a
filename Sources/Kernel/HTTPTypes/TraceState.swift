/// The grammar of `tracestate` (W3C Trace Context, section 3.3.1): up to 32 members `key=value`.
enum TraceState {
    private static let maximumMembers = 32

    /// The values of the fields as one list; nil if there is none, or one that is not valid.
    static func passedOn(_ fields: [String]) -> String? {
        let members = fields.flatMap { $0.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) }
            .map(trimmed).filter { !$0.isEmpty }
        guard (1...maximumMembers).contains(members.count), members.allSatisfy(isMember) else { return nil }
        return members.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> ArraySlice<UInt8> {
        let all = Array(bytes)
        guard let start = all.firstIndex(where: { !Grammar.isBlank($0) }),
            let end = all.lastIndex(where: { !Grammar.isBlank($0) })
        else { return [] }
        return all[start...end]
    }

    private static func isMember(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return false }
        return isKey(bytes[..<equals]) && isValue(bytes[(equals + 1)...])
    }

    /// `simple-key`, up to 256 characters, or `tenant@system`, up to 241 and 14.
    private static func isKey(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return (1...256).contains(bytes.count) && startsWithLetter(bytes) && bytes.allSatisfy(isKeyCharacter)
        case 2:
            return (1...241).contains(parts[0].count) && (1...14).contains(parts[1].count)
                && parts[0].first.map { Grammar.isDigit($0) || isLetter($0) } ?? false && startsWithLetter(parts[1])
                && parts.allSatisfy { $0.allSatisfy(isKeyCharacter) }
        default: return false
        }
    }

    /// Up to 256 visible characters and spaces but `,` and `=`; the last is no space, since those were trimmed.
    private static func isValue(_ bytes: ArraySlice<UInt8>) -> Bool {
        (1...256).contains(bytes.count)
            && bytes.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
    }

    private static func startsWithLetter(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.first.map(isLetter) ?? false }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        isLetter(byte) || Grammar.isDigit(byte) || [UInt8(ascii: "_"), 0x2d, 0x2a, 0x2f].contains(byte)
    }
}
