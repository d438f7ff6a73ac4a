import Kernel
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "instants are written in UTC with six digits and Z",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (1_709_251_199_999_999, "2024-02-29T23:59:59.999999Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (4_102_444_800_000_000, "2100-01-01T00:00:00.000000Z"),
            (-2_208_988_800_000_000, "1900-01-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func text(microseconds: Int64, expected: String) {
        #expect(Timestamp(microseconds: microseconds).description == expected)
    }

    @Test(
        "what lies beyond the years of four digits is their first or last instant",
        arguments: [
            (.max, "9999-12-31T23:59:59.999999Z"), (253_402_300_800_000_000, "9999-12-31T23:59:59.999999Z"),
            (.min, "0000-01-01T00:00:00.000000Z"), (-62_167_219_200_000_001, "0000-01-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func clamped(microseconds: Int64, expected: String) {
        #expect(Timestamp(microseconds: microseconds).description == expected)
    }

    @Test("three digits are cut, not rounded")
    func milliseconds() {
        #expect(Timestamp(microseconds: 1_999_999).text(fractionDigits: 3) == "1970-01-01T00:00:01.999Z")
    }

    @Test("now does not go backwards and is this century's")
    func now() {
        let first = Timestamp.now
        #expect(first <= Timestamp.now)
        #expect(first.description.hasPrefix("20"))
    }
}
