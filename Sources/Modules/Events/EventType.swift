import Kernel

/// A kind of event that a module has declared: `EventOutbox.declare` makes it, so that no other one can be recorded.
public struct EventType: Sendable {
    /// Without the prefix: `note.added`.
    public let name: String
    let fullName: String
    let summary: String
    let data: JSONSchema
}

/// What has happened, to be recorded.
public struct EventDraft: Sendable {
    let type: EventType
    let subject: String
    /// JSON text.
    let data: [UInt8]

    /// - Parameters:
    ///   - type: what kind of thing has happened.
    ///   - subject: to what: an id, or a name.
    ///   - data: what there is to say of it; who did it, and by which request, is added.
    ///   - principal: who did it; nil if nobody did.
    ///   - requestID: of the request that did it; nil if none did.
    public init(
        _ type: EventType, subject: String, data: KeyValuePairs<String, JSON>, by principal: Principal? = nil,
        requestID: RequestID? = nil
    ) {
        self.init(
            type, subject: subject, members: data.map { ($0, $1.bytes) }, by: principal, requestID: requestID)
    }

    init(
        _ type: EventType, subject: String, members: [(name: String, text: [UInt8])], by principal: Principal?,
        requestID: RequestID?
    ) {
        self.type = type
        self.subject = subject
        var data: [UInt8] = []
        data.reserveCapacity(members.reduce(256) { $0 + $1.name.utf8.count + $1.text.count })
        data.append(UInt8(ascii: "{"))
        func begin(_ name: String) {
            if data.count > 1 { data.append(UInt8(ascii: ",")) }
            JSON.write(name, into: &data)
            data.append(UInt8(ascii: ":"))
        }
        for (name, text) in members {
            begin(name)
            data += text
        }
        if let principal {
            begin("actor")
            data += #"{"kind":"#.utf8
            JSON.write(principal.kind.rawValue, into: &data)
            data += #","id":"#.utf8
            JSON.write(principal.id, into: &data)
            data += #","name":"#.utf8
            JSON.write(principal.name, into: &data)
            data.append(UInt8(ascii: "}"))
        }
        if let requestID {
            begin("requestId")
            JSON.write(requestID.description, into: &data)
        }
        data.append(UInt8(ascii: "}"))
        self.data = data
    }
}

extension EventType {
    /// The members that every event's data has beside its own.
    static func data(_ properties: [JSONSchema.Property]) -> JSONSchema {
        .object(
            nil,
            properties + [
                .optional("actor", actor),
                .optional("requestId", .string("The request that did it, as the log has it")),
            ])
    }

    private static let actor = JSONSchema.object(
        "Actor",
        [
            .required("kind", .string("What they are: administrator, service, operator or anonymous")),
            .required("id", .string("Tells them from all others of their kind")),
            .required("name", .string("For people")),
        ], "Who did it")
}
