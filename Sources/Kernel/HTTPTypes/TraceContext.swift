/// The place of one request in a distributed trace, as its client told in `traceparent` and `tracestate` (W3C Trace
/// Context, level 1). Only requests that brought a valid `traceparent` have one: no trace is started here.
///
/// A class, so that the many requests without one carry no more than an empty reference.
public final class TraceContext: Sendable {
    /// 32 lower-case hexadecimal digits.
    public let traceID: String
    /// The span of the caller, 16 digits.
    public let parentID: String
    /// The span of this request, 16 digits.
    public let spanID: String
    public let isSampled: Bool
    /// The list of other systems' marks, which is passed on as it came.
    public let state: String?

    /// - Parameters:
    ///   - header: the one `traceparent` field's value; nil is the result unless it is valid (section 3.2).
    ///   - states: the `tracestate` fields' values. If they are no valid list, none of them is passed on (section 3.3).
    ///   - span: a random number for the span of this request; not 0.
    public init?(parsing header: some Sequence<UInt8>, states: [String] = [], span: UInt64) {
        let bytes = Array(header)
        guard bytes.count >= Self.length, Self.isHexadecimal(bytes[0..<2]), bytes[0..<2] != Self.invalidVersion else {
            return nil
        }
        // Later versions may add to the end, behind a dash, and change nothing before it.
        let isFirstVersion = bytes[0..<2].allSatisfy { $0 == Self.zero }
        guard bytes.count == Self.length || (!isFirstVersion && bytes[Self.length] == Self.dash) else { return nil }
        guard bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash else { return nil }
        let (trace, parent, flags) = (bytes[3..<35], bytes[36..<52], bytes[53..<55])
        guard Self.isIdentity(trace), Self.isIdentity(parent), Self.isHexadecimal(flags),
            let bits = UInt8(String(decoding: flags, as: UTF8.self), radix: 16)
        else { return nil }
        traceID = String(decoding: trace, as: UTF8.self)
        parentID = String(decoding: parent, as: UTF8.self)
        let digits = String(span, radix: 16)
        spanID = String(repeating: "0", count: 16 - digits.utf8.count) + digits
        isSampled = bits & 1 == 1
        state = TraceState.passedOn(states)
    }

    /// The `traceparent` of what this request causes elsewhere. Of the flags only the one that version 00 knows is
    /// passed on.
    public var header: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// `00-` and two identities and flags with dashes between them.
    static let length = 55
    private static let dash = UInt8(ascii: "-")
    private static let zero = UInt8(ascii: "0")
    private static let invalidVersion: ArraySlice<UInt8> = [UInt8(ascii: "f"), UInt8(ascii: "f")]

    private static func isHexadecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { Grammar.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }

    private static func isIdentity(_ bytes: ArraySlice<UInt8>) -> Bool {
        isHexadecimal(bytes) && bytes.contains { $0 != zero }
    }
}
