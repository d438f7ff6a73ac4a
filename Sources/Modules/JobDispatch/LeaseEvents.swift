import Events
import Kernel

/// What is told of leases as events, where the stack keeps any.
struct LeaseEvents: Sendable {
    private let outbox: EventOutbox
    private let granted: EventType
    private let held: EventType
    private let released: EventType

    init(_ outbox: EventOutbox) {
        self.outbox = outbox
        let lease = JSONSchema.Property.required(
            "lease",
            .object(
                "LeaseOfJob",
                [
                    .required("jobId", .string()), .required("fence", .integer(1...Int64.max)),
                    .required("executor", .string()), .required("operation", .string()), .required("target", .string()),
                ]))
        granted = outbox.declare("lease.granted", "A job was handed out to an executor", [lease])
        held = outbox.declare(
            "lease.held", "Nothing was heard of an executor for too long, and its job waits for a decision", [lease])
        released = outbox.declare(
            "lease.released", "The lease of a job is over",
            [lease, .required("reason", .choice(Lease.End.allCases.map(\.rawValue), "Why"))])
    }

    func didGrant(
        _ lease: Lease, by principal: Principal, _ requestID: RequestID, in transaction: any WriteTransaction
    ) throws {
        try outbox.record(
            EventDraft(
                granted, subject: lease.job, data: ["lease": lease.told], by: principal, requestID: requestID),
            in: transaction)
    }

    func didHold(_ lease: Lease, in transaction: any WriteTransaction) throws {
        try outbox.record(EventDraft(held, subject: lease.job, data: ["lease": lease.told]), in: transaction)
    }

    func didRelease(
        _ lease: Lease, _ end: Lease.End, by principal: Principal, _ requestID: RequestID?,
        in transaction: any WriteTransaction
    ) throws {
        try outbox.record(
            EventDraft(
                released, subject: lease.job, data: ["lease": lease.told, "reason": .string(end.rawValue)],
                by: principal, requestID: requestID), in: transaction)
    }
}

extension Lease {
    fileprivate var told: JSON {
        [
            "jobId": .string(job), "fence": .integer(Int64(fence)), "executor": .string(executor),
            "operation": .string(operation), "target": .string(target),
        ]
    }
}
