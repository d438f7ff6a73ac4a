import Kernel

/// The identity of a span and of its trace.
///
/// Whatever belongs to one request must find its span without being handed it, so that a span's identity follows from
/// what it is of: from the caller's `traceparent`, else from the request's id, and from a job's id, which is the same on
/// every instance and after a restart.
struct SpanContext: Sendable, Hashable {
    let traceHigh: UInt64
    let traceLow: UInt64
    let span: UInt64

    /// Of the span of a request.
    init(_ id: RequestID, _ trace: TraceContext?) {
        if let trace, trace.traceID.utf8.count == 32, let high = UInt64(trace.traceID.prefix(16), radix: 16),
            let low = UInt64(trace.traceID.suffix(16), radix: 16), let span = UInt64(trace.spanID, radix: 16)
        {
            (traceHigh, traceLow, self.span) = (high, low, span)
        } else {
            // Seeded by chance for each process, so that an id which is used again begins no old trace.
            traceHigh = Self.chance(id, 1)
            traceLow = Self.chance(id, 2)
            span = Self.chance(id, 3)
        }
    }

    /// Of the span of a job's life.
    init(ofJob id: String) {
        traceHigh = Self.digest(id, 1)
        traceLow = Self.digest(id, 2)
        span = Self.digest(id, 3)
    }

    /// Of a span within another one's trace.
    init(child number: UInt64, of parent: SpanContext) {
        (traceHigh, traceLow) = (parent.traceHigh, parent.traceLow)
        span = number == 0 ? 1 : number
    }

    var traceID: String { Self.digits(traceHigh) + Self.digits(traceLow) }
    var spanID: String { Self.digits(span) }

    private static func chance(_ id: RequestID, _ part: Int) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(id)
        hasher.combine(part)
        return max(1, UInt64(truncatingIfNeeded: hasher.finalize()))
    }

    /// FNV-1a, with the finish of MurmurHash3 so that each bit hangs on every byte.
    private static func digest(_ text: String, _ part: UInt8) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in [part] + Array(text.utf8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return max(1, hash ^ (hash >> 33))
    }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
