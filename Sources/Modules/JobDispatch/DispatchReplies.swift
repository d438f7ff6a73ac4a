import Kernel

/// What the routes of dispatch answer with.
struct BeatReply: ReplyBody {
    let leaseSeconds: Int
    let command: DispatchRegister.Command

    static let schema = Schema.object(
        "BeatReply",
        .required("leaseSeconds", \.leaseSeconds, .integer(1...86_400, "For how long from the sending of this beat")),
        .required(
            "command", \.command,
            .choice("What the holder is to do: go on; finish and take no other job; give the job up")),
        as: BeatReply.init)
}

/// What has come of `POST /dispatch/cancels`.
struct CancelReply: ReplyBody {
    enum Outcome: String, Vocabulary {
        /// The job was queued, and has failed.
        case failed
        /// Its holder is told with the next beat.
        case asked
    }

    let outcome: Outcome

    static let schema = Schema.object(
        "CancelReply",
        .required("outcome", \.outcome, .choice("Whether the job has failed, or its executor is asked to give it up")),
        as: CancelReply.init)
}

/// A lease as it is listed.
struct LeaseReply: ReplyBody {
    let jobID, operation, target, executor: String
    let fence: Int
    let state: Lease.State
    let grantedAt: Timestamp
    let silentSeconds: Int
    let cancel: String?

    init(_ lease: Lease, _ clock: LeaseClock) {
        self.init(
            lease.job, lease.operation, lease.target, lease.executor, lease.fence, lease.state, lease.grantedAt,
            Int(clock.age(of: lease) / .seconds(1)), lease.cancel)
    }

    private init(
        _ jobID: String, _ operation: String, _ target: String, _ executor: String, _ fence: Int,
        _ state: Lease.State, _ grantedAt: Timestamp, _ silentSeconds: Int, _ cancel: String?
    ) {
        (self.jobID, self.operation, self.target, self.executor) = (jobID, operation, target, executor)
        (self.fence, self.state, self.grantedAt, self.silentSeconds) = (fence, state, grantedAt, silentSeconds)
        self.cancel = cancel
    }

    static let schema = Schema.object(
        "Lease", .required("jobId", \.jobID, .string()), .required("operation", \.operation, .string()),
        .required("target", \.target, .string()), .required("executor", \.executor, .string()),
        .required("fence", \.fence, .integer(1...Int.max, "Rises with every grant")),
        .required("state", \.state, .choice("live; held, until a resolution; or delayed, which is queued for later")),
        .required("grantedAt", \.grantedAt, .timestamp),
        .required(
            "silentSeconds", \.silentSeconds,
            .integer(0...Int.max, "How long ago this service has seen the last beat, at least")),
        .optional("cancel", \.cancel, .string("Why its executor is asked to give the job up")),
        as: LeaseReply.init(_:_:_:_:_:_:_:_:_:))
}

/// A job that an executor without leases has begun with.
struct UntrackedReply: ReplyBody {
    let jobID, operation, target, status: String

    static let schema = Schema.object(
        "UntrackedJob", .required("jobId", \.jobID, .string()), .required("operation", \.operation, .string()),
        .required("target", \.target, .string()), .required("status", \.status, .string()), as: UntrackedReply.init)
}

/// Whether it is safe to upgrade now.
struct DrainReply: ReplyBody {
    let isSafe: Bool
    let isPaused: Bool
    let running: [LeaseReply]
    let untracked: [UntrackedReply]

    static let schema = Schema.object(
        "Drain",
        .required(
            "safe", \.isSafe, .boolean("Jobs are paused, and none is running or held: it stays so until the pause ends")
        ),
        .required("paused", \.isPaused, .boolean("Whether new jobs must not be started")),
        .required("running", \.running, .array(of: LeaseReply.schema, "What is handed out, or held")),
        .required(
            "untracked", \.untracked,
            .array(of: UntrackedReply.schema, "What executors have begun with that take no leases")),
        as: DrainReply.init)
}

extension DrainReply {
    init(_ drain: DispatchRegister.Drain, _ clock: LeaseClock) {
        self.init(
            isSafe: drain.isSafe, isPaused: drain.isPaused, running: drain.running.map { LeaseReply($0, clock) },
            untracked: drain.untracked.map {
                UntrackedReply(jobID: $0.id, operation: $0.operation, target: $0.target, status: $0.status)
            })
    }
}
