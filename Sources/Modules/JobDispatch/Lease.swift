import Kernel

/// What an executor has been given a job with: its fence, which rises with every grant, and a token that proves who has
/// it. It is kept apart from the job, whose stored bytes are served as they are.
struct Lease: Sendable, Hashable {
    enum State: String, Vocabulary {
        /// Its holder works on the job.
        case live
        /// Nothing was heard of its holder for too long: somebody must say what becomes of the job.
        case held
        /// It was given back, and the job is not to be handed out yet.
        case delayed
        /// It is over, and only kept so that its claim is never granted again.
        case ended
    }

    enum End: String, Vocabulary {
        case finished, released, requeued, failed, superseded
        /// Its holder has given it back when nobody wanted the job any more.
        case cancelled
    }

    let fence: Int
    let state: State
    /// What it is, or was, a lease of.
    let job: String
    /// The same as long as the lease is not over: a job has one such lease.
    let activeJob: String?
    /// The digest of the claim's id.
    let claim: String
    /// What the claim asked for, as one text.
    let request: String
    /// Random bits of which the token is made, with the claim's id.
    let salt: String
    /// The digest of the token.
    let token: String
    let executor: String
    let operation: String
    let target: String
    /// How many beats there were.
    let beat: Int
    /// For people: nothing is compared with it.
    let grantedAt: Timestamp
    /// Why its holder is to give up, if somebody wants that.
    let cancel: String?
    /// For how many seconds the job is not to be handed out.
    let delay: Int?
    let end: End?

    static let schema = Schema.object(
        nil, .required("fence", \.fence, .integer()), .required("state", \.state, .choice()),
        .required("job", \.job, .string()), .optional("jobId", \.activeJob, .string()),
        .required("claim", \.claim, .string()), .required("request", \.request, .string()),
        .required("salt", \.salt, .string()), .required("token", \.token, .string()),
        .required("executor", \.executor, .string()), .required("operation", \.operation, .string()),
        .required("target", \.target, .string()), .required("beat", \.beat, .integer()),
        .required("grantedAt", \.grantedAt, .timestamp), .optional("cancel", \.cancel, .string()),
        .optional("delay", \.delay, .integer()), .optional("end", \.end, .choice()), as: Lease.init)

    /// Whether it keeps the job from all but its holder.
    var isOpen: Bool { state == .live || state == .held }
    /// Whether its holder has given the job back.
    var wasGivenBack: Bool { end == .released || end == .cancelled }
}

extension Lease {
    init(_ document: Document) throws {
        guard let lease = Self.schema.value(of: try document.json()) else {
            throw StoreError.corrupt("a document of 'leases' is no lease")
        }
        self = lease
    }
}

extension FieldPath {
    static let fence: FieldPath = "fence"
    static let leaseState: FieldPath = "state"
    static let activeJob: FieldPath = "jobId"
    static let claim: FieldPath = "claim"
    static let token: FieldPath = "token"
    static let beat: FieldPath = "beat"
}
