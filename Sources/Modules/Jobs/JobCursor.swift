import Kernel

/// The place where a page of jobs ended: which collection, and where in it. Opaque to clients.
struct JobCursor: Sendable, Hashable, LosslessStringConvertible {
    /// 0 for jobs in progress, 1 for completed ones.
    let part: Int
    let position: Position

    init(part: Int, position: Position) {
        self.part = part
        self.position = position
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let part = Int(parts[0]), (0...1).contains(part),
            let high = UInt64(parts[1], radix: 16), let low = UInt64(parts[2], radix: 16)
        else { return nil }
        self.init(part: part, position: Position(high: high, low: low))
        guard description == text else { return nil }
    }

    var description: String {
        "\(part)-\(String(position.high, radix: 16))-\(String(position.low, radix: 16))"
    }
}
