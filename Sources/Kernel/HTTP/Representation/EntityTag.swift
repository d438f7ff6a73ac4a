/// The name of one state of what a path shows (RFC 9110 section 8.8.3): the same bytes have the same tag, on every
/// instance and after every restart, so that a client can ask whether anything has changed, or have a write refused
/// if something has.
///
/// The tag is strong: other bytes have another one, and so has each content coding of the same bytes. It is made of a
/// hash of 64 bits, which is good against accidents, of which one in 10^19 goes unnoticed, and costs six tenths of
/// an instruction a byte. It is no signature: who may write a document could make two that share a tag, and would deceive himself.
public struct EntityTag: Sendable, Hashable {
    let hash: UInt64
    var coding = ContentCoding.identity

    /// Of what is served, before any content coding.
    public init(of bytes: [UInt8]) {
        self.init(of: bytes.span)
    }

    /// Of what is served, before any content coding.
    public init(of bytes: Span<UInt8>) {
        hash = bytes.withUnsafeBytes { ContentHash.of($0) }
    }

    init(of text: StaticString) {
        hash = ContentHash.of(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension EntityTag: CustomStringConvertible {
    /// As it stands in a header: in quotes.
    public var description: String {
        let digits = String(hash, radix: 16)
        return "\"\(String(repeating: "0", count: 16 - digits.count))\(digits)\(coding.suffix)\""
    }
}

/// A fast hash of many bytes that is the same in every process, as Swift's own is not: two words at a time are multiplied
/// and the halves of the product laid on each other (after wyhash). What a lane held before is kept beside the product, so
/// that no words wipe it out.
enum ContentHash {
    /// Odd numbers without pattern: the first digits of pi, e, the root of 2 and the golden ratio.
    private static let factors: (UInt64, UInt64, UInt64, UInt64) = (
        0x243f_6a88_85a3_08d3, 0xb7e1_5162_8aed_2a6b, 0x6a09_e667_f3bc_c909, 0x9e37_79b9_7f4a_7c15
    )

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let k = factors
        var (a, b) = (k.2, k.3)
        var rest = bytes.count
        if rest > 0, var next = bytes.baseAddress {
            while rest >= 32 {
                a = folded(word(next, 0) ^ k.0, word(next, 8) ^ a)
                b = folded(word(next, 16) ^ k.1, word(next, 24) ^ b)
                next += 32
                rest &-= 32
            }
            var last: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
            withUnsafeMutableBytes(of: &last) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: next, count: rest))
            }
            a = folded(last.0 ^ k.0, last.1 ^ a)
            b = folded(last.2 ^ k.1, last.3 ^ b)
        }
        let whole = folded(a ^ k.1, b ^ k.0)
        return folded(whole ^ k.2, UInt64(truncatingIfNeeded: bytes.count) ^ k.3)
    }

    @inline(__always)
    private static func folded(_ factor: UInt64, _ state: UInt64) -> UInt64 {
        let product = factor.multipliedFullWidth(by: state)
        return (product.high ^ product.low) &+ state
    }

    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
