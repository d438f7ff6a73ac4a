import Events
import Jobs
import Kernel
import Maintenance

/// Hands jobs out to executors, so that none runs twice and it can be told when nothing runs.
public struct DispatchModule: Module {
    public static let manifest = Manifest(
        id: "dispatch", summary: "Hands out jobs, so that none runs twice and upgrades are safe",
        requires: ["jobs", "maintenance"], isEnabledByDefault: false)

    public struct Configuration: ModuleConfiguration {
        let terms: LeaseTerms
        let waiting: Int

        public init(reading section: ConfigurationSection) {
            let lease = section.duration(
                "lease", default: .seconds(60), in: .seconds(1) ... .seconds(3600),
                "For how long an executor need not be heard of; in whole seconds. It is to send a beat three times as often"
            )
            let grace = section.duration(
                "grace", default: .seconds(15), in: .milliseconds(100) ... .seconds(3600),
                "How much longer the service waits before it counts an executor as lost, which has given up by then")
            waiting = section.integer(
                "waiting", default: 1000, in: 1...100_000,
                "How many executors may wait for a job at the same time, and how many clients for the end of all jobs; each "
                    + "takes a connection (http.limits.connections)")
            let priority = Self.operations(
                section, "priority",
                "Operations whose jobs are handed out first, the first one first; all others come behind")
            let onLost = section.section("onLost", "What becomes of a job whose executor is lost")
            let requeued = Self.operations(
                onLost, "requeue",
                "Operations whose jobs go back to the queue, being such that nothing is broken if two executors work on one "
                    + "at once; all others are held until somebody says what becomes of them")
            terms = LeaseTerms(
                seconds: Int(lease / .seconds(1)), grace: grace, priority: priority, requeued: Set(requeued))
        }

        private static func operations(_ section: ConfigurationSection, _ key: String, _ help: String) -> [JobOperation]
        {
            let names = section.strings(key, default: [], help)
            for name in names where JobOperation(rawValue: name) == nil {
                section.problem(
                    key, "\(name.excerpt) is no operation",
                    remedy: "known are \(JobOperation.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return names.compactMap(JobOperation.init)
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        let maintenance = try kernel.require(.maintenanceObservers)
        let observers = try kernel.require(.jobObservers)
        let terms = configuration.terms
        let line = ClaimLine(limit: configuration.waiting)
        let leases = LeaseRegister(collection: kernel.collection(LeaseRegister.spec))
        let register = DispatchRegister(
            store: kernel.store, leases: leases,
            gate: DispatchGate(collection: kernel.collection(DispatchGate.spec), leases: leases),
            desk: try kernel.require(.jobDesk), maintenance: maintenance,
            clock: LeaseClock(blindness: Sweep.blindness(terms)), news: line.news,
            events: kernel.optional(.eventOutbox).map { LeaseEvents($0) }, terms: terms)
        let guardian = DispatchGuard(register: register)
        observers.add(guardian)
        maintenance.add(guardian)
        let metrics = DispatchMetrics(in: kernel.metrics, line: line)
        metrics.read(register, in: kernel.metrics)
        kernel.service(ClaimService(register: register, line: line, metrics: metrics))
        kernel.service(Sweep(register: register, metrics: metrics, log: kernel.log))
        kernel.whenStopping { line.endWaiting() }
        let job = try kernel.require(.jobList).form.job
        let claim = PostClaim(register: register, line: line, metrics: metrics)
        let drain = GetDrain(register: register, line: line, places: Places(limit: configuration.waiting))
        routes(in: kernel, register, claim, drain, job)
    }

    private func routes(
        in kernel: any Registrar, _ register: DispatchRegister, _ claim: PostClaim, _ drain: GetDrain, _ job: JSONSchema
    ) {
        let (terms, log) = (register.terms, kernel.log)
        kernel.post("/dispatch/claims", .claim(job), Claim.input) { try await claim.respond(to: $0, $1) }
        kernel.post("/dispatch/beats", .beat, .body(BeatBody.self)) { _, body in
            let command = try await register.beat(ofJob: body.jobID, LeaseToken(body.token))
            return BeatReply(leaseSeconds: terms.seconds, command: command)
        }
        kernel.post("/dispatch/releases", .release, .body(ReleaseBody.self)) { request, body in
            try await register.release(body, LeaseToken(body.token), for: request)
            return Message("OK")
        }
        kernel.post("/dispatch/cancels", .cancel, .body(CancelBody.self)) { request, body in
            let isOver = try await register.cancel(body, for: request)
            log.with(request).info("job \(body.jobID.excerpt) is cancelled: \(body.reason.excerpt)")
            return CancelReply(outcome: isOver ? .failed : .asked)
        }
        kernel.post("/dispatch/resolutions", .resolve, .body(ResolutionBody.self)) { request, body in
            try await register.resolve(body, for: request)
            log.with(request).info(
                "job \(body.jobID.excerpt), which was held, is to \(body.action.rawValue): \(body.reason.excerpt)")
            return Message("OK")
        }
        kernel.get("/dispatch/leases", .listLeases) { _ in
            let leases = try await register.store.read { try register.leases.active(in: $0) }
            return leases.map { LeaseReply($0, register.clock) }
        }
        kernel.get("/dispatch/drain", .drain, GetDrain.wait) { try await drain.respond(waiting: $1) }
    }
}
