import Kernel

/// One event: what there is to know of it to choose it, and the CloudEvent (version 1.0, JSON format) as it is kept and
/// sent.
struct Event: Sendable {
    let cursor: EventCursor
    let type: String
    let subject: String
    let bytes: [UInt8]

    var sequence: UInt64 { cursor.sequence }

    /// - Parameter source: who tells of it, a URI reference.
    init(_ draft: EventDraft, sequence: UInt64, source: String, at time: Timestamp) {
        cursor = EventCursor(sequence: sequence)
        type = draft.type.fullName
        subject = draft.subject
        var bytes: [UInt8] = []
        bytes.reserveCapacity(draft.data.count + 512)
        bytes += Self.start
        cursor.write(into: &bytes)
        bytes += Self.beforeType
        JSON.string(type).write(into: &bytes)
        bytes += Self.beforeSubject
        JSON.string(subject).write(into: &bytes)
        bytes += #","sequence":""#.utf8
        cursor.writeSequence(into: &bytes)
        bytes += #"","specversion":"1.0","source":"#.utf8
        JSON.string(source).write(into: &bytes)
        bytes += #","time":""#.utf8
        bytes += time.description.utf8
        bytes += #"","datacontenttype":"application/json","data":"#.utf8
        bytes += draft.data
        bytes.append(UInt8(ascii: "}"))
        self.bytes = bytes
    }

    private static let start = Array(#"{"id":""#.utf8)
    private static let beforeType = Array(#"","type":"#.utf8)
    private static let beforeSubject = Array(#","subject":"#.utf8)

    /// An event as it was kept.
    init(stored bytes: [UInt8]) throws {
        self.bytes = bytes
        if let (cursor, type, subject) = Self.head(of: bytes) {
            (self.cursor, self.type, self.subject) = (cursor, type, subject)
            return
        }
        let event = try Document(position: Position(low: 0), bytes: bytes).json()
        guard let cursor = event["id"]?.string.flatMap(EventCursor.init), let type = event["type"]?.string else {
            throw StoreError.corrupt("a document of the events is no event")
        }
        (self.cursor, self.type, subject) = (cursor, type, event["subject"]?.string ?? "")
    }

    /// The cursor of an event as it was kept, without a look at the rest of it.
    static func cursor(stored bytes: Span<UInt8>) throws -> EventCursor {
        let cursor = bytes.withUnsafeBufferPointer { bytes in
            bytes.starts(with: start) ? EventCursor(bytes.dropFirst(start.count).prefix(EventCursor.length)) : nil
        }
        return try cursor ?? Event(stored: bytes.withUnsafeBufferPointer { Array($0) }).cursor
    }

    /// What this service has written begins with what a reader wants to know, so that the rest need not be parsed.
    private static func head(of bytes: [UInt8]) -> (EventCursor, String, String)? {
        var rest = bytes[...]
        func take(_ literal: [UInt8]) -> Bool {
            guard rest.starts(with: literal) else { return false }
            rest = rest.dropFirst(literal.count)
            return true
        }
        func text() -> String? {
            guard rest.first == UInt8(ascii: "\"") else { return nil }
            var end = rest.startIndex + 1
            while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
                end += rest[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard end < rest.endIndex else { return nil }
            defer { rest = rest[(end + 1)...] }
            let plain = rest[(rest.startIndex + 1)..<end]
            guard plain.contains(UInt8(ascii: "\\")) else { return String(decoding: plain, as: UTF8.self) }
            return try? JSON(parsing: Array(rest[...end])).string
        }
        guard take(start), let cursor = EventCursor(rest.prefix(EventCursor.length)) else { return nil }
        rest = rest.dropFirst(EventCursor.length)
        guard take(beforeType), let type = text(), take(beforeSubject), let subject = text() else { return nil }
        return (cursor, type, subject)
    }

    /// When it happened.
    var time: Timestamp? {
        (try? JSON(parsing: bytes))?[Self.timeProperty].flatMap { Timestamp($0) }
    }

    private static let timeProperty = Property<Event, String>.required("time", .timestamp)

    /// As it stands in a stream.
    var frame: ServerSentEvent { ServerSentEvent(id: cursor.description, data: bytes) }
}
