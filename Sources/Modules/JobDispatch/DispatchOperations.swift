import Kernel

/// What the routes of dispatch are for, for those who call them.
extension Operation {
    private static let executors: Access = [.service, .administrator]
    private static let people: Access = [.operator, .administrator]
    private static let leaseLost: KeyValuePairs<Status, String> = [
        .badRequest: "The body is malformed", .conflict: "The token holds no lease of the job any more",
    ]

    static func claim(_ job: JSONSchema) -> Operation {
        Operation(
            "Hands out a job: sets it to initiated, and gives its executor a lease whose token goes into the header field "
                + "X-Lease-Token of each PUT /jobs/{jobId}. A claim that is repeated under the same claimId gets the same lease",
            access: executors, reply: .json(GrantReply.schema(job)),
            errors: [
                .badRequest: "The body is malformed", .conflict: "The lease of this claim is over",
                .unprocessableContent: "The claimId came with other operations before",
                .serviceUnavailable: "As many wait as may, or the service stops",
            ], isQuiet: true)
    }

    static let beat = Operation(
        "Tells that the holder of a lease works on, and what it is to do", access: executors, errors: leaseLost,
        isQuiet: true)

    static let release = Operation(
        "Gives a job back to the queue; one that is cancelled fails", access: executors,
        errors: [
            .badRequest: "The body is malformed", .conflict: "The token holds no lease of the job any more",
            .serviceUnavailable: "As many jobs are given back for later as may be",
        ])

    static let cancel = Operation(
        "Cancels a job: one that is queued fails, of one that is leased the executor is asked to give it up",
        access: people,
        errors: [
            .badRequest: "The body is malformed", .notFound: "No job in progress has this identifier",
            .conflict: "The job is held, or was begun by an executor that takes no leases",
        ])

    static let resolve = Operation(
        "Says what becomes of a job that is held", access: people,
        errors: [
            .badRequest: "The body is malformed", .notFound: "No job has this identifier",
            .conflict: "The job is not held",
        ])

    static let listLeases = Operation("Lists who has which job, and what is held", access: .anyone, isQuiet: true)

    static let drain = Operation(
        "Tells whether it is safe to upgrade now, and what still runs", access: .anyone,
        errors: [.badRequest: "wait is no such number", .serviceUnavailable: "As many wait as may"], isQuiet: true)
}
