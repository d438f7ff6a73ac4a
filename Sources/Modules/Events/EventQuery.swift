import Kernel

/// The query of `GET /events`. Parameters that it does not know are ignored.
struct EventQuery: Sendable {
    /// nil if none was named.
    let place: EventLog.Place?
    /// Full names; nil for all.
    let types: Set<String>?
    let subject: String?
    let limit: Int
    let wait: Duration

    static let mostEvents = 1000
    /// Below `http.deadlines.handler`, by default.
    static let longestWait = 25

    /// The parameters as they were given.
    struct Given: Sendable {
        let after: String?
        let types: [String]?
        let subject: String?
        let limit: Int
        let wait: Int
    }

    static let input = Input.query(
        QueryParameters(
            .optional(
                "after", .string(),
                "Only what happened behind that cursor: the id of an event, 'next' of an earlier list, or now or "
                    + "start. Streams begin now, lists at the start. Last-Event-ID wins over it"),
            .list(
                "type", of: .string(),
                "Only events of these types, with or without their prefix; a comma list, or repeated"),
            .optional("subject", .string(), "Only events of this job, or of what has this name"),
            .optional("limit", .integer(1...mostEvents), default: 100, "At most that many events in a list") {
                @Sendable in complaint($0, 1...mostEvents)
            },
            .optional(
                "wait", .integer(0...longestWait), default: 0,
                "For how many seconds a list that would be empty waits for the first event"
            ) { @Sendable in complaint($0, 0...longestWait) },
            as: Given.init), code: "events.query-invalid")

    private static func complaint(_ value: String, _ range: ClosedRange<Int>) -> String {
        "is \(value.excerpt); it must be a number from \(range.lowerBound) to \(range.upperBound)"
    }

    /// - Throws: `HTTPError` 400 with everything that is wrong with the cursor and the types.
    init(_ given: Given, lastEventID: String?, _ catalogue: EventCatalogue) throws(HTTPError) {
        var problems: [FieldProblem] = []
        if let lastEventID {
            place = Self.place(lastEventID, "Last-Event-ID", &problems)
        } else {
            place = given.after.flatMap { Self.place($0, "after", &problems) }
        }
        types = given.types.map { names in Set(names.compactMap { Self.type($0, catalogue, &problems) }) }
        (subject, limit, wait) = (given.subject, given.limit, .seconds(given.wait))
        guard problems.isEmpty else {
            let message = problems.map(\.message).joined(separator: "; ")
            let isCursor = problems.count == 1 && ["after", "Last-Event-ID"].contains { problems[0].field == $0 }
            throw HTTPError(
                .badRequest, code: isCursor ? "events.cursor-invalid" : "events.query-invalid", message: message,
                problems: problems)
        }
    }

    func matches(_ event: Event) -> Bool {
        if let subject, !subject.isExactly(event.subject) { return false }
        return types?.contains(event.type) ?? true
    }

    private static func place(
        _ text: String, _ field: String, _ problems: inout [FieldProblem]
    ) -> EventLog.Place? {
        if let cursor = EventCursor(text) { return .behind(cursor) }
        if text.isExactly("now") { return .now }
        if text.isExactly("start") { return .start }
        let remedy = "take it from the id of an event or from 'next', or write now or start"
        problems.append(FieldProblem(field, "\(field) is \(text.excerpt), which is no cursor; \(remedy)"))
        return nil
    }

    private static func type(
        _ name: String, _ catalogue: EventCatalogue, _ problems: inout [FieldProblem]
    ) -> String? {
        if let known = catalogue.fullName(of: name) { return known }
        let known = catalogue.types.map(\.fullName).joined(separator: ", ")
        let what = name.isEmpty ? "type has an empty element" : "Unknown type \(name.excerpt)"
        problems.append(FieldProblem("type", "\(what); known are \(known)"))
        return nil
    }
}
