/// Makes the ids of requests: random enough never to meet twice, in any process, but not secret. Seeded from the
/// system's generator; then xoshiro256++ (Blackman and Vigna, 2019), so that an id costs no system call.
struct RequestIDGenerator {
    private let prefix: String
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameter prefix: what each of them begins with.
    init(prefix: String) {
        self.prefix = prefix
        var system = SystemRandomNumberGenerator()
        // The state must not be all zero.
        state = (system.next(), system.next(), system.next(), system.next() | 1)
    }

    mutating func next() -> RequestID {
        .generated(prefix: prefix, UUID(random: nextWord(), nextWord()))
    }

    /// Not 0, which is no valid span.
    mutating func nextSpan() -> UInt64 { max(1, nextWord()) }

    private mutating func nextWord() -> UInt64 {
        let result = Self.rotate(state.0 &+ state.3, 23) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, 45)
        return result
    }

    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
}
