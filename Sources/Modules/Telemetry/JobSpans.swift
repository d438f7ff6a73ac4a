import Jobs
import Kernel
import Synchronization

/// The spans of the lives of jobs, from their creation to their end, each the one span of a trace of its own and linked
/// to the requests that have moved the job.
///
/// The job's own identity is its trace's: a job that began before a restart, or on another instance, has its whole
/// span from whoever ends it, with the links that this one knows of.
struct JobSpans: JobChangeObserver {
    private let sampler: Sampler
    private let exporter: SpanExporter
    private let lives = Lives()

    init(sampler: Sampler, exporter: SpanExporter) {
        self.sampler = sampler
        self.exporter = exporter
    }

    func jobsDidChange(_ change: JobChange, in transaction: any WriteTransaction) throws {
        let at = Timestamp.now
        // Only what is there for good has happened.
        transaction.afterCommit {
            for job in change.jobs { note(job, change, at) }
        }
    }

    private func note(_ changed: JobChange.Job, _ change: JobChange, _ at: Timestamp) {
        let request = SpanContext(change.requestID, change.trace)
        let isLinkSampled = sampler.wants(request, parent: change.trace?.isSampled)
        guard let job = (try? JSON(parsing: changed.text)).map({ Job($0) }) else { return }
        let status = change.kind == .updated && change.previousStatus == nil ? nil : job.statusName
        let life = lives.add(
            changed.id, link: isLinkSampled ? request : nil, status: status, at, isLast: change.kind == .finished)
        guard change.kind == .finished, let life else { return }
        let context = SpanContext(ofJob: changed.id)
        guard !life.links.isEmpty || sampler.wants(context) else { return }
        let operation = job.operationName ?? "job"
        var span = Span(
            context: context, parentID: nil, name: "job \(operation)", kind: .internal,
            start: job.createdAt.flatMap { Timestamp($0) } ?? life.begin, end: at)
        span.attributes = [("job.id", .text(changed.id)), ("job.operation", .text(operation))]
        if let target = job.target { span.attributes.append(("job.target", .text(target))) }
        if let status = job.statusName { span.attributes.append(("job.status", .text(status))) }
        span.links = life.links
        span.droppedLinks = life.droppedLinks
        span.events = life.statuses.map { .init(name: $0.status, at: $0.at, attributes: []) }
        if job.status == .failed { span.failure = job.lines.last?.message ?? "" }
        exporter.add(span)
    }
}

/// What is known of jobs that have not come to their end. Bounded: of many jobs the earliest, and of one job with many
/// changes the later ones, are left out.
private final class Lives: Sendable {
    struct Life: Sendable {
        let begin: Timestamp
        var links: [SpanContext] = []
        var droppedLinks = 0
        var statuses: [(status: String, at: Timestamp)] = []
    }

    private struct State {
        var lives: [String: Life] = [:]
        /// Their ids as they came; some have ended since.
        var order: [String] = []

        /// Forgets the earliest tenth, and whoever has ended.
        mutating func makeRoom() {
            order.removeAll { lives[$0] == nil }
            for id in order.prefix(max(0, lives.count - 9 * Lives.mostJobs / 10)) { lives[id] = nil }
            order.removeAll { lives[$0] == nil }
        }
    }

    private static let mostJobs = 10_000
    private static let mostLinks = 32

    private let state = Mutex(State())

    /// - Returns: all that is known, if it is the last that is added.
    func add(_ id: String, link: SpanContext?, status: String?, _ at: Timestamp, isLast: Bool) -> Life? {
        state.withLock { state in
            var life = state.lives[id] ?? Life(begin: at)
            if let link {
                if life.links.count < Self.mostLinks { life.links.append(link) } else { life.droppedLinks += 1 }
            }
            if let status, life.statuses.count < Self.mostLinks { life.statuses.append((status, at)) }
            if isLast {
                state.lives[id] = nil
                return life
            }
            if state.lives.updateValue(life, forKey: id) == nil { state.order.append(id) }
            if state.lives.count > Self.mostJobs || state.order.count > 2 * Self.mostJobs { state.makeRoom() }
            return nil
        }
    }
}
