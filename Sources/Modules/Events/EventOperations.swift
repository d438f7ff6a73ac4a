import Kernel

/// What the routes of events are for, for those who call them.
extension Operation {
    static let getEvents = Operation(
        "Tells what has happened: a list, a batch of CloudEvents, or a stream of Server-Sent Events, as Accept says",
        access: .anyone,
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

    static let getAsyncAPI = Operation(
        "Describes the events in AsyncAPI 3.0", access: .anyone, reply: .json(.any("An AsyncAPI document")),
        isQuiet: true)
}
