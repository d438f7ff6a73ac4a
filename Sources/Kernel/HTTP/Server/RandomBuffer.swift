import CLinux

/// Random bits from the kernel's generator, fetched 4 KiB at a time so that a request id costs no system call.
struct RandomBuffer {
    private var words = [UInt64](repeating: 0, count: 512)
    private var next = 512

    mutating func uuid() -> UUID {
        if next + 2 > words.count { refill() }
        next += 2
        return UUID(random: words[next - 2], words[next - 1])
    }

    private mutating func refill() {
        next = 0
        // Up to 256 bytes the call is atomic; more may be cut short by a signal, so it is asked in pieces.
        let filled = words.withUnsafeMutableBytes { buffer in
            stride(from: 0, to: buffer.count, by: 256).allSatisfy { offset in
                getrandom(buffer.baseAddress.map { $0 + offset }, 256, 0) == 256
            }
        }
        if filled { return }
        var generator = SystemRandomNumberGenerator()
        for index in words.indices { words[index] = generator.next() }
    }
}
