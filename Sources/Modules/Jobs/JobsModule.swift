import Kernel

/// The register of jobs: administrators post them, an executor polls and works them off.
public struct JobsModule: Module {
    public static let manifest = Manifest(id: "jobs", summary: "The register of jobs")

    public struct Configuration: ModuleConfiguration {
        let isBumpEnabled: Bool
        let stuckAfter: Duration
        /// Bytes of JSON text.
        let maximumLog: Int
        /// Zero for ever.
        let keepCompleted: Duration

        public init(reading section: ConfigurationSection) {
            isBumpEnabled = section.reloadable.boolean(
                "bumpEnabled", default: false, variable: "BUMP_ENABLED",
                "Whether jobs that release a new version of the datastore (BUMP) may be posted on this stack")
            stuckAfter = section.duration(
                "stuckAfter", default: .seconds(3600), in: .seconds(1)...(.seconds(31_536_000)),
                "After how long without an update a job in progress counts as stuck in the metrics")
            maximumLog = section.bytes(
                "maximumLog", default: JobLog.defaultMaximum, in: JobLog.leastMaximum...(8 << 20),
                "How much text the log of a job may hold; what no longer fits is left out, and counted in its last line"
            )
            keepCompleted = section.duration(
                "keepCompleted", default: .zero, in: .zero...(.seconds(3_153_600_000)),
                "How long finished jobs are kept, 24h at least; 0 is for ever. The last job of a target always stays")
            if keepCompleted > .zero, keepCompleted < JobPruning.leastKeep {
                section.problem(
                    "keepCompleted", "is less than a day", remedy: "set 0, which is for ever, or 24h at least")
            }
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        let form = JobForm(kernel.optional(.jobPartition))
        let collections = JobCollections(
            inProgress: kernel.collection(JobCollections.inProgressSpec(form, maximumLog: configuration.maximumLog)),
            completed: kernel.collection(JobCollections.completedSpec(form)),
            imported: kernel.collection(JobCollections.importedSpec), partition: form.partition)
        let observers = JobObservers(form)
        let census = SharedCensus(of: collections, in: kernel.store, stuckAfter: configuration.stuckAfter)
        let metrics = JobMetrics(in: kernel.metrics, census: census)
        let register = JobRegister(
            store: kernel.store, collections: collections, observers: observers, metrics: metrics)
        let list = JobList(store: kernel.store, collections: collections, form: form)
        kernel.offer(.jobObservers, observers)
        kernel.offer(.jobList, list)
        kernel.offer(.jobCollections, collections)
        kernel.offer(.jobDesk, JobDesk(register: register, form: form))
        let repair = JobRepair(store: kernel.store, collections: collections, log: kernel.log)
        let repairing = GradualService("job repair", log: kernel.log, work: repair.run)
        kernel.service(repairing)
        kernel.check(repairing.check)

        let pruning = JobPruning(
            store: kernel.store, collections: collections, keep: configuration.keepCompleted, log: kernel.log,
            pruned: metrics.pruned)
        if configuration.keepCompleted > .zero {
            kernel.every(JobPruning.interval, "removal of old jobs") { try await pruning.run() }
        }

        let isBumpEnabled = Reloadable(configuration.isBumpEnabled)
        kernel.offer(.isBumpEnabled, isBumpEnabled)
        kernel.reload { (changed: Configuration) in isBumpEnabled.replace(by: changed.isBumpEnabled) }
        let get = GetJob(register: register, form: form)
        let post = PostJobs(
            register: register, form: form, isBumpEnabled: isBumpEnabled,
            keys: IdempotencyKeys(kernel.collection(IdempotencyKeys.spec)))
        let put = PutJob(register: register, form: form)
        let summary = GetSummary(census: census)
        kernel.get(
            "/jobs", .listJobs(form), showing: collections.inOrder, JobQuery.input,
            atOnce: { try list.responseAtOnce(to: $1, of: $0) }
        ) { try await list.response(to: $1, of: $0) }
        kernel.get("/jobs/summary", .getSummary) { _ in try await summary.respond() }
        kernel.get("/jobs/{jobId}", .getJob(form), .path("jobId"), atOnce: { try get.respondAtOnce(to: $1) }) {
            try await get.respond(to: $1)
        }
        kernel.post("/jobs", .postJobs(form), PostJobs.user, post.items) { try await post.respond(to: $0, $1, $2) }
        kernel.put("/jobs/{jobId}", .putJob, JobUpdate.input) { try await put.respond(to: $0, $1) }
        kernel.put("/jobs", .putJobs, JobUpdate.input) { try await put.respond(to: $0, $1) }
        let importing = ImportJobs(store: kernel.store, collections: collections, form: form)
        kernel.post("/jobs/imports", .importJobs, importing.jobs) { _, jobs in try await importing.respond(jobs) }
        guard let partition = form.partition else { return }
        kernel.service(JobAssignment(store: kernel.store, jobs: collections.inProgress, partition: partition))
        kernel.get(partition.pattern("/jobs"), .listJobs(form), partition.part, JobQuery.input) {
            request, part, query in
            try await list.response(to: query, of: request, where: partition.holds(part))
        }
        kernel.get(partition.pattern("/jobs/summary"), .getSummary, partition.part) { _, part in
            try await summary.respond(of: part)
        }
        kernel.post(partition.pattern("/jobs"), .postJobs(form), partition.part, PostJobs.user, post.items) {
            try await post.respond(to: $0, $2, $3, in: $1)
        }
    }
}
