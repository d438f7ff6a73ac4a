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

    /// Writes the 36 ASCII bytes of the textual form.
    @inline(__always)
    func write(to start: UnsafeMutablePointer<UInt8>) {
        let start = UnsafeMutableRawPointer(start)
        let groups = (
            Self.digits(high >> 32), Self.digits(high & 0xffff_ffff), Self.digits(low >> 32),
            Self.digits(low & 0xffff_ffff)
        )
        start.storeBytes(of: groups.0, toByteOffset: 0, as: UInt64.self)
        start.storeBytes(of: UInt32(truncatingIfNeeded: groups.1), toByteOffset: 9, as: UInt32.self)
        start.storeBytes(of: UInt32(truncatingIfNeeded: groups.1 >> 32), toByteOffset: 14, as: UInt32.self)
        start.storeBytes(of: UInt32(truncatingIfNeeded: groups.2), toByteOffset: 19, as: UInt32.self)
        start.storeBytes(of: UInt32(truncatingIfNeeded: groups.2 >> 32), toByteOffset: 24, as: UInt32.self)
        start.storeBytes(of: groups.3, toByteOffset: 28, as: UInt64.self)
        start.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 8, as: UInt8.self)
        start.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 13, as: UInt8.self)
        start.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 18, as: UInt8.self)
        start.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 23, as: UInt8.self)
    }

    /// The eight hexadecimal digits of 32 bits, computed side by side, as they stand in memory.
    @inline(__always)
    private static func digits(_ word: UInt64) -> UInt64 {
        var nibbles = (word << 16 | word) & 0x0000_ffff_0000_ffff
        nibbles = (nibbles << 8 | nibbles) & 0x00ff_00ff_00ff_00ff
        nibbles = (nibbles << 4 | nibbles) & 0x0f0f_0f0f_0f0f_0f0f
        let isLetter = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (nibbles &+ 0x3030_3030_3030_3030 &+ isLetter &* 39).bigEndian
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            write(to: start)
            return 36
        }
    }
}
