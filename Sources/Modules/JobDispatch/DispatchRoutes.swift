import Kernel
import Synchronization

/// `POST /dispatch/claims`
struct PostClaim: Sendable {
    let register: DispatchRegister
    let line: ClaimLine
    let metrics: DispatchMetrics

    func respond(to request: Request, _ body: Claim.Body) async throws -> Response {
        do {
            switch try await line.join(Claim(body, by: request)) {
            case .granted(let grant): return GrantReply.response(grant, register.terms)
            case .nothing(let isPaused):
                metrics.countEmpty()
                return GrantReply.nothing(isPaused: isPaused)
            }
        } catch {
            // One that has gone was not refused.
            if !(error is CancellationError) { metrics.count(DispatchMetrics.Refusal(error)) }
            throw error
        }
    }
}

/// What a claim gets. The job is answered byte for byte as `GET /jobs/{jobId}` has it.
enum GrantReply {
    static func schema(_ job: JSONSchema) -> JSONSchema {
        let lease = JSONSchema.object(
            "GrantedLease",
            [
                .required("token", .string("For X-Lease-Token, and for beats and releases")),
                .required("fence", .integer(1...Int64.max, "Rises with every grant: hand it to whatever you write to")),
                .required(
                    "leaseSeconds", .integer(1...86_400, "How long the lease holds, from the sending of the claim")),
                .required("beatSeconds", .integer(1...86_400, "How often to send a beat")), .required("job", job),
            ])
        return .object(
            "Grant",
            [
                .required("lease", .nullable(lease)),
                .required("paused", .boolean("Whether jobs are paused, so that there is none for anybody")),
            ])
    }

    static func response(_ grant: Grant, _ terms: LeaseTerms) -> Response {
        let fields: JSON = [
            "token": .string(grant.token.text), "fence": .integer(Int64(grant.lease.fence)),
            "leaseSeconds": .integer(Int64(terms.seconds)), "beatSeconds": .integer(Int64(terms.beatSeconds)),
        ]
        let bytes = Array(#"{"lease":"#.utf8) + fields.bytes.dropLast() + Array(#","job":"#.utf8) + grant.job
        return response(bytes + Array(#"},"paused":false}"#.utf8))
    }

    static func nothing(isPaused: Bool) -> Response {
        response((["lease": .null, "paused": .bool(isPaused)] as JSON).bytes)
    }

    private static func response(_ bytes: [UInt8]) -> Response {
        // It has a secret in it, and is nobody else's.
        Response(headers: Headers([("Cache-Control", "no-store")]), body: .bytes(bytes))
    }
}

/// `GET /dispatch/drain`
struct GetDrain: Sendable {
    let register: DispatchRegister
    let line: ClaimLine
    let places: Places

    static let wait = Input.query(
        .optional(
            "wait", .integer(0...Claim.longestWait), default: 0,
            "For how many seconds to wait until it is safe, if it is not"))

    /// How often a shared store is looked at.
    private static let pause = Duration.seconds(1)

    func respond(waiting seconds: Int) async throws -> DrainReply {
        let place = seconds > 0 ? try places.take() : nil
        defer { withExtendedLifetime(place) {} }
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            let seen = line.news.count
            let drain = try await register.drain()
            let rest = end - .now
            guard !drain.isSafe, rest > .zero, !line.isEnding else { return DrainReply(drain, register.clock) }
            let isShared = register.store.isShared
            _ = try await line.news.wait(after: seen, atMost: isShared ? min(rest, Self.pause) : rest)
        }
    }
}

/// Counts those who wait for an answer, of whom there may be so many.
final class Places: Sendable {
    private let taken = Mutex(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// What keeps a place for as long as it is there.
    final class Place: Sendable {
        private let places: Places

        fileprivate init(_ places: Places) { self.places = places }

        deinit { places.taken.withLock { $0 -= 1 } }
    }

    /// - Throws: `HTTPError` 503 if there is none.
    func take() throws(HTTPError) -> Place {
        let isFree = taken.withLock { taken in
            guard taken < limit else { return false }
            taken += 1
            return true
        }
        guard isFree else { throw HTTPError.tooManyClaims(limit) }
        return Place(self)
    }
}
