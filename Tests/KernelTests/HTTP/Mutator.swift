import Glibc
import Testing

/// Makes requests out of a corpus by changing, removing, doubling and inserting bytes and by joining them.
struct Mutator {
    private let corpus: [[UInt8]]
    private var random: SplitMix64
    private let seed: UInt64
    private let end: timespec

    init(corpus: [String] = RequestCorpus.all) {
        self.corpus = corpus.map { Array($0.utf8) }
        seed = Self.environment("FUZZ_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64(UInt32.max))
        random = SplitMix64(state: seed)
        var end = Self.now
        end.tv_sec += Self.environment("FUZZ_SECONDS").flatMap { Int($0) } ?? 3
        self.end = end
    }

    /// The next input with the run's seed, or nil when the time is over.
    mutating func next() -> (bytes: [UInt8], seed: UInt64)? {
        let now = Self.now
        guard now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec) else { return nil }
        var bytes: [UInt8] = []
        for _ in 0...number(in: 0...2) { bytes += corpus[number(in: 0...(corpus.count - 1))] }
        for _ in 0..<number(in: 0...4) { mutate(&bytes) }
        return (bytes, seed)
    }

    mutating func repeatUntilTimeIsOver(_ check: ([UInt8], inout SplitMix64) -> Bool) async {
        while let (bytes, seed) = next() {
            await Task.yield()
            let holds = check(bytes, &random)
            #expect(holds, "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            if !holds { return }
        }
    }

    mutating func number(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let index = number(in: 0...(bytes.count - 1))
        let length = number(in: 1...max(1, min(20, bytes.count - index)))
        switch number(in: 0...6) {
        case 0: bytes[index] = UInt8(number(in: 0...255))
        case 1: bytes.removeSubrange(index..<min(bytes.count, index + length))
        case 2: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + length)], at: index)
        case 3: bytes.insert(Self.telling[number(in: 0...(Self.telling.count - 1))], at: index)
        case 4: bytes.insert(contentsOf: Self.pieces[number(in: 0...(Self.pieces.count - 1))], at: index)
        case 5: bytes.removeLast(length)
        default: bytes[index] ^= 1 << UInt8(number(in: 0...7))
        }
    }

    private static let telling: [UInt8] = Array("\0\t\n\r :;,/%?*#@[]0fF\"".utf8) + [0x7f, 0x80, 0xff]
    private static let pieces: [[UInt8]] = [
        "\r\n", "\r\n\r\n", "\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Host: b\r\n", "0\r\n\r\n",
        "%00", "%2F", "%zz", "HTTP/1.1", " ", "ffffffff\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n",
    ].map { Array($0.utf8) }

    private static var now: timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A small generator with a seed (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
