/// How the bytes of a body are coded for the way (RFC 9110 section 8.4.1).
enum ContentCoding: UInt8, Sendable, CaseIterable {
    case identity
    /// RFC 1952
    case gzip
    /// RFC 8878
    case zstd

    var name: StaticString {
        switch self {
        case .identity: "identity"
        case .gzip: "gzip"
        case .zstd: "zstd"
        }
    }

    /// What the tag of a coded body ends in.
    var suffix: String {
        switch self {
        case .identity: ""
        case .gzip: "-gzip"
        case .zstd: "-zstd"
        }
    }

    /// The best one that a client accepts (RFC 9110 section 12.5.3): of those that it likes equally, zstd, which costs
    /// less and gains more. Where it accepts none of them, not even none at all, the body goes out as it is.
    /// - Parameter values: those of all `Accept-Encoding` fields.
    static func preferred(by values: [String]) -> ContentCoding {
        let accepted = WeightedList(values)
        let others = accepted.weight(of: "*") ?? 0
        let gzip = accepted.weight(of: "gzip") ?? accepted.weight(of: "x-gzip") ?? others
        let zstd = accepted.weight(of: "zstd") ?? others
        let identity = accepted.weight(of: "identity") ?? 0
        guard max(gzip, zstd) > 0, max(gzip, zstd) >= identity else { return .identity }
        return zstd >= gzip ? .zstd : .gzip
    }
}

/// A list of names with weights, as of `Accept` and `Accept-Encoding` (RFC 9110 section 12.4.2).
struct WeightedList: Sendable {
    /// Names in lower case with their weights in thousandths; parameters beside `q` are left out.
    private(set) var elements: [(name: String, weight: Int)] = []

    init(_ values: [String]) {
        for element in values.flatMap({ $0.split(separator: ",") }) {
            let parts = element.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = parts.first, !name.isEmpty else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            elements.append((name, weight.map { Self.thousandths($0.dropFirst(2)) } ?? 1000))
        }
    }

    func weight(of name: String) -> Int? { elements.first { $0.name.isExactly(name) }?.weight }

    /// `0.25` is 250; what is no weight counts as none at all.
    private static func thousandths(_ text: Substring) -> Int {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Int($0) }), whole == 0 || whole == 1, parts.count <= 2 else { return 0 }
        let fraction = parts.count == 2 ? String(parts[1].prefix(3)) : ""
        guard fraction.allSatisfy({ $0.isASCII && $0.isNumber }) else { return 0 }
        let weight = whole * 1000 + (Int((fraction + "000").prefix(3)) ?? 0)
        return weight > 1000 ? 0 : weight
    }
}
