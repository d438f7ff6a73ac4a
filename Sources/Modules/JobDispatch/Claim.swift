import Jobs
import Kernel

/// What an executor asks for with `POST /dispatch/claims`.
struct Claim: Sendable {
    /// The digest of its id, by which a repetition is known.
    let digest: String
    let id: String
    let executor: String
    let operations: [JobOperation]
    let wait: Duration
    let principal: Principal
    let requestID: RequestID

    static let longestWait = 20

    struct Body: RequestBody {
        let claimID: String
        let executor: String
        let operations: [JobOperation]
        let wait: Int?

        static let schema = Schema.object(
            "Claim",
            .required("claimId", .uuid),
            .required("executor", .string(lengths: 1...128, "Who asks, for people", example: "exec-1")),
            Self.operations,
            .optional(
                "wait",
                .integer(
                    0...longestWait, "For how many seconds to wait for a job, if there is none; by default not at all")),
            example: [
                "claimId": "0f2a6c1e-8f0b-4a53-9d7e-2b1c0a9f8e7d", "executor": "exec-1", "operations": ["ADD"],
                "wait": 20,
            ], as: Body.init)

        static let operations = Property<Body, [JobOperation]>.required(
            "operations", .array(of: .choice(), maximum: JobOperation.allCases.count, "Which kinds of jobs it can do"))
    }

    static let input = Input.body(Body.self) { body, _, problems -> Body? in
        if body.operations.isEmpty, !problems.concern(Body.operations) {
            problems.append(FieldProblem("operations", "operations must name one operation at least"))
        }
        return body
    }

    init(_ body: Body, by request: Request) throws {
        // UUIDs are equal whatever the case of their digits (RFC 9562).
        id = body.claimID.lowercased()
        digest = try SHA256.hexadecimal(of: id)
        executor = body.executor
        operations = JobOperation.allCases.filter(body.operations.contains)
        wait = .seconds(body.wait ?? 0)
        principal = request.principal
        requestID = request.id
    }

    /// What must be the same in a repetition; an executor may have got another name meanwhile.
    var request: String { JSON.array(operations.map { .string($0.rawValue) }).text }
}

/// What an executor gets with a lease.
struct Grant: Sendable {
    let lease: Lease
    let token: LeaseToken
    /// The job as it is served.
    let job: [UInt8]
    /// Whether it was granted before, and its reply was lost.
    let isRepeated: Bool
}
