/// What the parser learned from one message head. Offsets count from the head's first byte.
struct RequestHead {
    var method = Method.other
    var targetStart = 0
    var targetEnd = 0
    var fieldsStart = 0
    /// The whole head's length with its closing empty line; 0 until that was seen.
    var length = 0
    var isHTTP10 = false
    var held: HeldFields = []

    /// -1 when there was no Content-Length.
    var contentLength = -1
    var isChunked = false
    var expectsContinue = false
    var hostCount = 0
    var saysClose = false
    var saysKeepAlive = false
    /// A well formed X-Request-ID: where it stands and how long it is.
    var requestIDStart = 0
    var requestIDCount = 0
    var requestIDFields = 0
    /// The value of traceparent.
    var traceStart = 0
    var traceCount = 0
    var traceFields = 0

    /// Whether the connection may carry another request after this one (RFC 9112 section 9.3).
    var keepsAlive: Bool { !saysClose && (!isHTTP10 || saysKeepAlive) }
    var hasBody: Bool { isChunked || contentLength > 0 }
}

/// A validated message head as it was received, kept for lazy reading: one allocation for all of its fields.
struct ReceivedHead: Sendable {
    let bytes: [UInt8]
    let targetStart: Int32
    let targetEnd: Int32
    let fieldsStart: Int32
    let held: HeldFields

    static let none = ReceivedHead(bytes: [], targetStart: 0, targetEnd: 0, fieldsStart: 0, held: [])

    /// The request target as the client wrote it: visible ASCII, or empty if none was understood.
    var target: String {
        String(decoding: bytes[Int(targetStart)..<Int(targetEnd)], as: UTF8.self)
    }
}

extension ReceivedHead {
    init(_ head: RequestHead, _ base: UnsafePointer<UInt8>, count: Int) {
        bytes = Array(UnsafeBufferPointer(start: base, count: count))
        targetStart = Int32(truncatingIfNeeded: head.targetStart)
        targetEnd = Int32(truncatingIfNeeded: head.targetEnd)
        fieldsStart = Int32(truncatingIfNeeded: head.fieldsStart)
        held = head.held
    }
}
