import Kernel
import Synchronization

/// What was replied to requests that had an `Idempotency-Key`, so that a client which repeats one gets that reply again
/// and creates nothing. It is written in the transaction that creates the jobs: there are never jobs without it. Requests
/// without a key touch none of this.
final class IdempotencyKeys: Sendable {
    /// No two records have the same key; those that are due to go are found by their instant.
    static let spec = CollectionSpec("idempotencykeys", indexes: [.unique(.key), .lookup(.at)])

    /// How long a reply is kept.
    static let lifetime = Duration.seconds(24 * 3600)
    /// How many of them, and how many bytes of them, are kept at most; a request beyond that is refused, since one that
    /// took the place of another could let that one's repetition create its jobs anew.
    static let maximumCount = 10_000
    static let maximumBytes = 64 << 20
    /// How many that are due to go each request with a key takes away.
    private static let pruneStep = 100

    private let collection: Collection
    private let inFlight = Mutex<Set<String>>([])

    init(_ collection: Collection) {
        self.collection = collection
    }

    /// A key with the request that came with it.
    struct Use: Sendable {
        /// What tells it from other users' keys and those of other paths.
        let scoped: String
        /// Of the body.
        let fingerprint: String
    }

    /// Has `body` run unless a request with the same key is being answered here.
    /// - Throws: `HTTPError` 409, and what `body` throws.
    func withUse<R>(_ use: Use, _ body: () async throws -> R) async throws -> R {
        guard inFlight.withLock({ $0.insert(use.scoped).inserted }) else { throw HTTPError.keyInUse }
        defer { inFlight.withLock { _ = $0.remove(use.scoped) } }
        return try await body()
    }

    /// What was replied to the key's first request; nil if this is it.
    /// - Throws: `HTTPError` 422 if that had another body, 429 if there is no room for another key.
    func reply(to use: Use, at now: Timestamp, in transaction: any WriteTransaction) throws -> [UInt8]? {
        let limit = Timestamp(microseconds: now.microseconds - Int64(Self.lifetime / .microseconds(1)))
        if let record = try transaction.first(in: collection, Query(.equal(.key, .string(use.scoped)))) {
            let record = try Record(record.json())
            if record.at >= limit {
                guard record.fingerprint.isExactly(use.fingerprint) else { throw HTTPError.keyOfAnotherRequest }
                return Array(record.reply.utf8)
            }
            try remove([record], in: transaction)
        }
        var old: [Record] = []
        let isOld = Query(.less(.at, .string(limit.description)), order: .field(.at), limit: Self.pruneStep)
        try transaction.find(in: collection, isOld) { position, bytes in
            old.append(try Record(Document(position: position, bytes: bytes).json()))
            return .next
        }
        try remove(old, in: transaction)
        let total = try total(in: transaction)
        guard total.count < Self.maximumCount, total.bytes < Self.maximumBytes else {
            throw HTTPError.tooManyKeys(until: try firstEnd(in: transaction), now)
        }
        return nil
    }

    /// When the first record goes, and makes room.
    private func firstEnd(in transaction: any WriteTransaction) throws -> Timestamp? {
        let oldest = Query(.atLeast(.at, .string("")), order: .field(.at))
        return try transaction.first(in: collection, oldest).map { document in
            let at = try Record(document.json()).at
            return Timestamp(microseconds: at.microseconds + Int64(Self.lifetime / .microseconds(1)))
        }
    }

    /// Keeps what is replied.
    func keep(_ reply: [UInt8], to use: Use, at now: Timestamp, in transaction: any WriteTransaction) throws {
        let record = Record(
            key: use.scoped, fingerprint: use.fingerprint, at: now, reply: String(decoding: reply, as: UTF8.self))
        do {
            try transaction.insert(record.json.bytes, into: collection)
        } catch StoreError.duplicateKey {
            // Another instance answers the same request at this moment.
            throw HTTPError.keyInUse
        }
        var total = try total(in: transaction)
        total.add(record, 1)
        try write(total, in: transaction)
    }

    private func remove(_ records: [Record], in transaction: any WriteTransaction) throws {
        guard !records.isEmpty else { return }
        var total = try total(in: transaction)
        for record in records {
            try transaction.delete(in: collection, where: .equal(.key, .string(record.key)))
            total.add(record, -1)
        }
        try write(total, in: transaction)
    }
}

// The sums, in a document of their own, so that nothing need be counted.
extension IdempotencyKeys {
    private struct Total {
        var count = 0
        var bytes = 0

        mutating func add(_ record: Record, _ sign: Int) {
            count = max(0, count + sign)
            bytes = max(0, bytes + sign * record.size)
        }
    }

    /// No scoped key, which is a list, is called that.
    private static let totalKey = JSON.string("total")

    private func total(in transaction: any ReadTransaction) throws -> Total {
        guard let stored = try transaction.first(in: collection, Query(.equal(.key, Self.totalKey)))?.json() else {
            return Total()
        }
        guard case .integer(let count)? = stored["count"], case .integer(let bytes)? = stored["bytes"] else {
            return Total()
        }
        return Total(count: Int(count), bytes: Int(bytes))
    }

    private func write(_ total: Total, in transaction: any WriteTransaction) throws {
        let document: JSON = [
            "key": Self.totalKey, "count": .integer(Int64(total.count)), "bytes": .integer(Int64(total.bytes)),
        ]
        try transaction.upsert(document.bytes, in: collection, where: .equal(.key, Self.totalKey))
    }
}

/// One reply that is kept.
private struct Record: ReplyBody {
    let key: String
    let fingerprint: String
    let at: Timestamp
    let reply: String

    var size: Int { key.utf8.count + fingerprint.utf8.count + reply.utf8.count }

    static let schema = Schema.object(
        nil, .required("key", \.key, .string()), .required("fingerprint", \.fingerprint, .string()),
        .required("at", \.at, .timestamp), .required("reply", \.reply, .string()),
        as: Record.init(key:fingerprint:at:reply:))
}

extension Record {
    init(_ stored: JSON) throws {
        guard let record = Self.schema.value(of: stored) else {
            throw StoreError.corrupt("a record of an idempotency key is incomplete")
        }
        self = record
    }
}

extension IdempotencyKeys.Use {
    /// The key of a request, if it has one.
    /// - Parameter part: the part of the register that the path names, if it does.
    init?(_ request: Request, by user: User, in part: String?) throws(HTTPError) {
        guard let key = try request.idempotencyKey() else { return nil }
        scoped = JSON.array([.string(part ?? ""), .string(user.id), .string(key)]).text
        fingerprint = "\(request.body.count) \(EntityTag(of: request.body))"
    }
}

extension FieldPath {
    fileprivate static let key: FieldPath = "key"
    fileprivate static let at: FieldPath = "at"
}

extension HTTPError {
    fileprivate static let keyInUse = HTTPError(
        .conflict, code: "idempotency.in-progress",
        message: "A request with this Idempotency-Key is being answered; repeat it later", retryAfter: 1)

    fileprivate static let keyOfAnotherRequest = HTTPError(
        .unprocessableContent, code: "idempotency.key-reused",
        message: "This Idempotency-Key came with another body within the last 24 hours; use a new one for each request")

    /// - Parameter end: when there is room again, if that can be told.
    fileprivate static func tooManyKeys(until end: Timestamp?, _ now: Timestamp) -> HTTPError {
        HTTPError(
            .tooManyRequests, code: "idempotency.too-many-keys",
            message:
                "The replies to \(IdempotencyKeys.maximumCount) requests with an Idempotency-Key are kept, and no more; "
                + "try again later, or without a key",
            retryAfter: end.map { max(1, Int(($0.microseconds - now.microseconds) / 1_000_000)) } ?? 60)
    }

    static let tooManyJobsForKey = HTTPError(
        .badRequest, code: "idempotency.too-many-jobs",
        message:
            "A request with an Idempotency-Key may have at most \(JobRegister.jobsInTransaction) jobs; send them in "
            + "several requests, each with a key of its own")
}
