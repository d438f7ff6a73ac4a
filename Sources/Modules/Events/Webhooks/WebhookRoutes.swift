import Kernel

/// `POST /webhooks/{name}/replay`
struct ReplayWebhook: Sendable {
    let names: [String]
    let log: EventLog
    let register: WebhookRegister
    let tail: EventTail
    let wishes: ChangeSignal
    let logger: Logger

    struct Body: RequestBody {
        let after: String

        static let schema = Schema.object(
            "Replay",
            .required(
                "after", .string(lengths: 1...64, "The cursor to go on behind: the id of an event, now or start")),
            as: Body.init)
    }

    static let reply = JSONSchema.object(
        "Replayed", [.required("message", .string()), .required("after", .string("The cursor it goes on behind"))])

    func respond(to request: Request, _ name: String, _ body: Body) async throws -> Response {
        guard names.contains(where: { $0.isExactly(name) }) else {
            throw HTTPError.noWebhook(name)
        }
        let after = body.after
        let place: EventLog.Place
        switch after {
        case "now": place = .now
        case "start": place = .start
        default:
            guard let cursor = EventCursor(after) else {
                let message = "after is \(after.excerpt), which is no cursor; take it from the id of an event"
                throw HTTPError(
                    .badRequest, code: "events.cursor-invalid", message: message,
                    problems: [FieldProblem("after", message)])
            }
            place = .behind(cursor)
        }
        let cursor = try await log.cursor(at: place)
        guard try await register.replay(name, after: cursor) else {
            throw HTTPError(
                .serviceUnavailable, code: "webhooks.not-yet", message: "The webhook has not begun yet; try again",
                retryAfter: 1)
        }
        // In this order: whoever waits for events then sees that it is asked for another beginning.
        wishes.notify()
        tail.news.notify()
        logger.with(request).info("webhook \(name) begins anew behind \(cursor)")
        return Response(body: .bytes((["message": "OK", "after": .string(cursor.description)] as JSON).bytes))
    }
}

/// `GET /webhooks`
struct ListWebhooks: Sendable {
    let names: [String]
    let log: EventLog
    let register: WebhookRegister

    static let reply = JSONSchema.array(
        of: .object(
            "Webhook",
            [
                .required("name", .string()), .required("cursor", .string("The last event that it has come to")),
                .required("lag", .integer(0...Int64.max, "How many events it has still to come to")),
                .optional("off", .string("Why nothing is delivered until a replay")),
                .optional("failingSince", .timestamp), .optional("error", .string("What came of the last attempt")),
            ]))

    func respond(to request: Request) async throws -> Response {
        let last = try await log.store.read { try log.last(in: $0) }?.sequence ?? 0
        let states = try await register.states().filter { state in names.contains { $0.isExactly(state.name) } }
        let list = states.map { name, state -> JSON in
            [
                "name": .string(name), "cursor": .string(state.cursor.description),
                "lag": .integer(Int64(clamping: last - min(last, state.cursor.sequence))),
                "off": state.off.map(JSON.string),
                "failingSince": state.failingSince.map { .string($0.description) },
                "error": state.error.map(JSON.string),
            ]
        }
        return Response(body: .bytes(JSON.array(list).bytes))
    }
}

extension Operation {
    static let listWebhooks = Operation(
        "Shows how the webhooks stand", access: [.operator, .administrator], reply: .json(ListWebhooks.reply))

    static let replayWebhook = Operation(
        "Has a webhook begin anew behind a cursor, and switches it on again", access: [.operator, .administrator],
        reply: .json(ReplayWebhook.reply),
        errors: [
            .badRequest: "The cursor is none", .notFound: "The configuration has no such webhook",
            .gone: "What comes behind the cursor is no longer kept, or the register has another history",
            .serviceUnavailable: "The webhook has not begun yet",
        ])
}
