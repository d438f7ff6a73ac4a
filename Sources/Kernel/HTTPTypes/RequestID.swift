/// The identity of one request: what the client sent as `X-Request-ID` if it is well formed, else a new
/// `our-service-<uuid>`, which begins with the product's name. It is on the response and on every log line of that request.
public enum RequestID: Sendable, Hashable, CustomStringConvertible {
    case given(String)
    case generated(prefix: String, UUID)

    /// Takes a client's value over if it matches `[A-Za-z0-9_.:-]{1,128}`.
    public init?(given value: String) {
        let bytes = value.utf8
        guard (1...128).contains(bytes.count), bytes.allSatisfy(Self.isAllowed) else { return nil }
        self = .given(value)
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .given(let value): value
        case .generated(let prefix, let uuid): "\(prefix)\(uuid)"
        }
    }
}
