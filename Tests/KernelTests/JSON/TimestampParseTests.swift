import Kernel
import Testing

@Suite("Reading instants")
struct TimestampParseTests {
    @Test(
        "RFC 3339 in all its forms, and texts without an offset, which are UTC",
        arguments: [
            ("2026-11-24T07:00:00.123456Z", "2026-11-24T07:00:00.123456Z"),
            ("2026-11-24T07:00:00Z", "2026-11-24T07:00:00.000000Z"),
            ("2026-11-24T07:00:00.5", "2026-11-24T07:00:00.500000Z"),
            ("2026-11-24 07:00:00.123456789z", "2026-11-24T07:00:00.123456Z"),
            ("2026-11-24t00:30:00+01:00", "2026-11-23T23:30:00.000000Z"),
            ("2026-12-31T23:30:00-01:30", "2027-01-01T01:00:00.000000Z"),
            ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ])
    func read(text: String, expected: String) {
        #expect(Timestamp(text)?.description == expected)
    }

    @Test("what is written is read again")
    func roundTrip() {
        for day in stride(from: -200_000, through: 200_000, by: 17) {
            let instant = Timestamp(microseconds: Int64(day) * 86_400_000_000 + 12_345_678_901)
            #expect(Timestamp(instant.description) == instant)
        }
    }

    @Test(
        "what is no instant is none",
        arguments: [
            "", "now", "2026-11-24", "2026-11-24T07:00", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
            "2026-11-24T24:00:00Z", "2026-11-24T07:00:00.Z", "2026-11-24T07:00:00.0123456789Z", "2026-11-24T07:00:00Zz",
            "2026-11-24T07:00:00+0100", "２026-11-24T07:00:00Z", "-026-11-24T07:00:00Z",
        ])
    func refuse(text: String) {
        #expect(Timestamp(text) == nil)
    }
}
