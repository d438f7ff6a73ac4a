import Kernel

/// The twelve bytes of an ObjectId, which sort as they stand. Documents have one as their `_id`, and it is their
/// position: the order of entry is the order of the ids.
struct ObjectID: Sendable, Hashable, Comparable {
    /// The first four bytes; in ids of other origin the seconds since 1970.
    let high: UInt32
    /// The last eight bytes.
    let low: UInt64

    static func < (a: ObjectID, b: ObjectID) -> Bool { (a.high, a.low) < (b.high, b.low) }

    init(high: UInt32, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Positions that no ObjectId has lie behind every document.
    init(_ position: Position) {
        if let high = UInt32(exactly: position.high) {
            self.init(high: high, low: position.low)
        } else {
            self.init(high: .max, low: .max)
        }
    }

    /// - Parameter bytes: twelve of them.
    init(_ bytes: some Sequence<UInt8>) {
        var high: UInt32 = 0
        var low: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            if index < 4 { high = high << 8 | UInt32(byte) } else { low = low << 8 | UInt64(byte) }
        }
        self.init(high: high, low: low)
    }

    var position: Position { Position(high: UInt64(high), low: low) }

    var bytes: [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: high >> (24 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
    }

    static var random: ObjectID { ObjectID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max)) }

    /// 24 hexadecimal digits.
    var text: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
