import CLinux

/// A random UUID (RFC 9562 version 4), written in lower case.
public struct UUID: Sendable, Hashable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    /// Makes a UUID out of 128 random bits; the version and variant bits are overwritten.
    public init(random high: UInt64, _ low: UInt64) {
        self.high = high & ~0xf000 | 0x4000
        self.low = low & ~(0b11 << 62) | 0b10 << 62
    }

    /// A new UUID from the system's generator.
    public init() {
        var generator = SystemRandomNumberGenerator()
        self.init(random: generator.next(), generator.next())
    }

    /// Calls `emit` with the 36 ASCII bytes of the textual form.
    @inline(__always)
    func forEachByte(_ emit: (UInt8) -> Void) {
        for index in 0..<16 {
            if index == 4 || index == 6 || index == 8 || index == 10 { emit(UInt8(ascii: "-")) }
            let word = index < 8 ? high : low
            let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index & 7)))
            emit(Self.digit(byte >> 4))
            emit(Self.digit(byte & 15))
        }
    }

    @inline(__always)
    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 48 + nibble : 87 + nibble
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var count = 0
            forEachByte {
                buffer[count] = $0
                count += 1
            }
            return count
        }
    }
}
