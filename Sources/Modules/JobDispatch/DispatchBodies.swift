import Kernel

/// What the requests about leases say, beside claims.
enum LeaseBody {
    static let longestToken = 256
    static let jobID = Schema.string(
        lengths: 1...256, "Which job", example: "5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00")
    static let token = Schema.string(lengths: 1...longestToken, "The token of its lease")
    static let reason = Schema.string(lengths: 1...4096, "Why, for the job's log")
}

/// `POST /dispatch/beats`
struct BeatBody: RequestBody {
    let jobID: String
    let token: String

    static let schema = Schema.object(
        "Beat", .required("jobId", LeaseBody.jobID), .required("token", LeaseBody.token), as: BeatBody.init)
}

/// `POST /dispatch/releases`
struct ReleaseBody: RequestBody {
    let jobID: String
    let token: String
    let delaySeconds: Int?
    let log: String?

    static let schema = Schema.object(
        "Release", .required("jobId", LeaseBody.jobID), .required("token", LeaseBody.token),
        .optional(
            "delaySeconds", .integer(0...604_800, "For how long the job is not to be handed out; by default not at all")
        ),
        .optional("log", .string("A line for the job's log")), as: ReleaseBody.init)
}

/// `POST /dispatch/cancels`
struct CancelBody: RequestBody {
    let jobID: String
    let reason: String

    static let schema = Schema.object(
        "Cancel", .required("jobId", LeaseBody.jobID), .required("reason", LeaseBody.reason), as: CancelBody.init)
}

/// `POST /dispatch/resolutions`
struct ResolutionBody: RequestBody {
    enum Action: String, Vocabulary {
        case requeue, fail
    }

    let jobID: String
    let action: Action
    let reason: String

    static let schema = Schema.object(
        "Resolution", .required("jobId", LeaseBody.jobID),
        .required("action", .choice("Whether the job is to be done again, or has failed")),
        .required("reason", LeaseBody.reason), as: ResolutionBody.init)
}
