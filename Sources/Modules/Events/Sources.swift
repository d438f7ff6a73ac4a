import ImportableDatasets
import Jobs
import Kernel
import Maintenance

/// Records what becomes of jobs.
struct JobEvents: JobChangeObserver {
    private let outbox: EventOutbox
    private let created: EventType
    private let updated: EventType
    private let finished: EventType

    /// A job with more text than this is only named.
    static let mostText = 1 << 20

    init(_ outbox: EventOutbox, _ job: JSONSchema) {
        self.outbox = outbox
        let data: [JSONSchema.Property] = [
            .required("job", Self.described(job)),
            .optional("previousStatus", .string("Which status it had before, if the change has set one")),
        ]
        created = outbox.declare("job.created", "A job was posted", data)
        updated = outbox.declare("job.updated", "A job in progress was told something", data)
        finished = outbox.declare("job.finished", "A job was completed, or has failed", data)
    }

    private static func described(_ job: JSONSchema) -> JSONSchema {
        JSONSchema(
            .anyOf([
                job,
                .object(
                    nil, [.required("jobId", .string()), .required("isComplete", .boolean("false"))],
                    "A job of more than a mebibyte, which is to be asked for"),
            ]), summary: "As GET /jobs/{jobId} shows it, but with no more of its log than the lines that came last")
    }

    func jobsDidChange(_ change: JobChange, in transaction: any WriteTransaction) throws {
        let type =
            switch change.kind {
            case .created: created
            case .updated: updated
            case .finished: finished
            }
        let before = change.previousStatus.map { [("previousStatus", JSON.string($0).bytes)] } ?? []
        let drafts = change.jobs.map { job in
            let isShort = job.text.count <= Self.mostText
            let text = isShort ? job.text : (["jobId": .string(job.id), "isComplete": false] as JSON).bytes
            return EventDraft(
                type, subject: job.id, members: [("job", text)] + before,
                by: change.principal, requestID: change.requestID)
        }
        try outbox.record(drafts, in: transaction)
    }
}

/// Records what is posted about maintenance.
struct MaintenanceEvents: MaintenanceObserver {
    private let outbox: EventOutbox
    private let changed: EventType

    init(_ outbox: EventOutbox, _ status: JSONSchema) {
        self.outbox = outbox
        changed = outbox.declare(
            "maintenance.changed", "A maintenance status was posted", [.required("status", status)])
    }

    func maintenanceDidChange(
        _ status: JSON, by principal: Principal, _ requestID: RequestID, in transaction: any WriteTransaction
    ) throws {
        try outbox.record(
            EventDraft(
                changed, subject: "maintenance-status", data: ["status": status], by: principal, requestID: requestID),
            in: transaction)
    }
}

/// Records which datasets are deleted. A file goes without a transaction: the event is written behind the deletion, and
/// is missing if the service ends, or the store fails, between the two.
struct DatasetEvents: DatasetObserver {
    private let outbox: EventOutbox
    private let store: any DocumentStore
    private let log: Logger
    private let deleted: EventType

    init(_ outbox: EventOutbox, _ store: any DocumentStore, _ log: Logger) {
        self.outbox = outbox
        self.store = store
        self.log = log
        deleted = outbox.declare(
            "dataset.deleted", "An importable dataset was deleted",
            [.required("dataset", .object(nil, [.required("name", .string())]))])
    }

    func datasetWasDeleted(_ name: String, by request: Request) async {
        let draft = EventDraft(
            deleted, subject: name, data: ["dataset": ["name": .string(name)]], by: request.principal,
            requestID: request.id)
        do {
            try await store.write { [outbox] in try outbox.record(draft, in: $0) }
        } catch {
            log.with(request).warning("\(name) is deleted, but no event tells of it: \(error)")
        }
    }
}
