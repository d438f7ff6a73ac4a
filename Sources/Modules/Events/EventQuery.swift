import Kernel

/// The query of `GET /events`. Parameters that it does not know are ignored.
struct EventQuery: Sendable {
    /// nil if none was named.
    private(set) var place: EventLog.Place?
    /// Full names; nil for all.
    private(set) var types: Set<String>?
    private(set) var subject: String?
    private(set) var limit = Self.defaultLimit
    private(set) var wait = Duration.zero

    static let defaultLimit = 100
    static let mostEvents = 1000
    /// Below `http.deadlines.handler`, by default.
    static let longestWait = 25

    /// - Throws: `HTTPError` 400 with everything that is wrong.
    init(_ request: Request, _ catalogue: EventCatalogue) throws(HTTPError) {
        var problems: [FieldProblem] = []
        func single(_ name: String) -> String? {
            let values = request.query.filter { $0.name.isExactly(name) }.map(\.value)
            if values.count > 1 { problems.append(FieldProblem(name, "\(name) may be given only once")) }
            guard let value = values.first, values.count == 1 else { return nil }
            if value.isEmpty { problems.append(FieldProblem(name, "\(name) must not be empty")) }
            return value.isEmpty ? nil : value
        }
        func number(_ name: String, _ range: ClosedRange<Int>) -> Int? {
            guard let text = single(name) else { return nil }
            let digits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if digits, let number = Int(text), range.contains(number) { return number }
            let limits = "\(range.lowerBound) to \(range.upperBound)"
            problems.append(FieldProblem(name, "\(name) is \(text.excerpt); it must be a number from \(limits)"))
            return nil
        }
        if let last = request.lastEventID {
            place = Self.place(last, "Last-Event-ID", &problems)
        } else if let after = single("after") {
            place = Self.place(after, "after", &problems)
        }
        let names = request.query.filter { $0.name.isExactly("type") }
            .flatMap { $0.value.split(separator: ",", omittingEmptySubsequences: false) }
        if !names.isEmpty {
            types = Set(names.compactMap { Self.type(String($0), catalogue, &problems) })
        }
        subject = single("subject")
        limit = number("limit", 1...Self.mostEvents) ?? Self.defaultLimit
        wait = .seconds(number("wait", 0...Self.longestWait) ?? 0)
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
