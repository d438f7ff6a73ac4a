import Glibc

/// Bytes of responses on their way to the socket: one growable buffer an event loop, filled and sent within one turn.
/// A class, like the parser, because changing a struct inside of the loop would cost a check for exclusive access each
/// time.
final class OutputBuffer {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit {
        base.deallocate()
    }

    /// Makes room for `more` bytes; the `put` functions that follow may add up to so many.
    @inline(__always)
    func reserve(_ more: Int) {
        if count &+ more > capacity { grow(more) }
    }

    private func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }

    func removeAll() { count = 0 }

    /// Gives memory back that one unusually large response took.
    func shrink(to wanted: Int) {
        guard capacity > wanted, count == 0 else { return }
        base.deallocate()
        capacity = wanted
        base = .allocate(capacity: wanted)
    }

    @inline(__always)
    func put(_ text: StaticString) {
        let size = text.utf8CodeUnitCount
        memcpy(base + count, text.utf8Start, size)
        count &+= size
    }

    @inline(__always)
    func put(_ bytes: UnsafePointer<UInt8>, _ size: Int) {
        memcpy(base + count, bytes, size)
        count &+= size
    }

    @inline(__always)
    func put(_ byte: UInt8) {
        base[count] = byte
        count &+= 1
    }

    @inline(__always)
    func put(_ uuid: UUID) {
        uuid.write(to: base + count)
        count &+= 36
    }

    /// A whole text, with room made for it.
    func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            reserve(utf8.count)
            if let start = utf8.baseAddress { put(start, utf8.count) }
        }
    }

    /// Whole bytes, with room made for them.
    func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { buffer in
            reserve(buffer.count)
            if let start = buffer.baseAddress { put(start, buffer.count) }
        }
    }

    /// A number that is not negative in decimal digits, at most 20.
    func put(decimal value: Int) {
        var rest = UInt(bitPattern: value)
        var size = 1
        var power: UInt = 10
        while size < 20, rest >= power {
            size += 1
            power = power &* 10
        }
        for index in stride(from: size - 1, through: 0, by: -1) {
            base[count + index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
        count += size
    }
}
