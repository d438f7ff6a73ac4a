import Kernel

/// What the routes of events are for, for those who call them.
extension Operation {
    static func getEvents() -> Operation {
        Operation(
            "Tells what has happened: a list, a batch of CloudEvents, or a stream of Server-Sent Events, as Accept says",
            access: .anyone,
            query: [
                QueryParameter(
                    "after", .string(lengths: 1...64),
                    "Only what happened behind that cursor: the id of an event, 'next' of an earlier list, or now or "
                        + "start. Streams begin now, lists at the start. Last-Event-ID wins over it"),
                QueryParameter(
                    "type", .string(lengths: 1...128),
                    "Only events of these types, with or without their prefix; a comma list, or repeated",
                    isList: true),
                QueryParameter(
                    "subject", .string(lengths: 1...256), "Only events of this job, or of what has this name"),
                QueryParameter(
                    "limit", .integer(1...Int64(EventQuery.mostEvents)),
                    "At most that many events in a list, 100 by default"),
                QueryParameter(
                    "wait", .integer(0...Int64(EventQuery.longestWait)),
                    "For how many seconds a list that would be empty waits for the first event"),
            ],
            reply: .json(
                .object(
                    "Events",
                    [
                        .required("events", .array(of: .any("A CloudEvent; /asyncapi.json describes each type"))),
                        .required("next", .string("The cursor that leads on")),
                    ])),
            errors: [
                .badRequest: "A parameter, or Last-Event-ID, is no such thing; the message names the legal values",
                .notAcceptable: "Accept takes none of the three forms",
                .gone: "What comes behind the cursor is no longer kept, or the register has another history",
                .serviceUnavailable: "As many follow as may",
            ],
            isQuiet: true)
    }

    static let getAsyncAPI = Operation(
        "Describes the events in AsyncAPI 3.0", access: .anyone, reply: .json(.any("An AsyncAPI document")),
        isQuiet: true)
}
