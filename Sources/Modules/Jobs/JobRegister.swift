import Kernel

/// Creates, finds and updates jobs. Each change of a job, its log, its place and what observers keep of it is one
/// transaction.
struct JobRegister: Sendable {
    let store: any DocumentStore
    let collections: JobCollections
    let observers: JobObservers
    let metrics: JobMetrics

    func job(_ id: String) async throws -> Document? {
        try await store.read { [collections] in try collections.job(id, in: $0) }
    }

    /// - Returns: nil if that cannot be told without waiting.
    func jobAtOnce(_ id: String) throws -> Document?? {
        try store.readAtOnce { try collections.job(id, in: $0) }
    }

    /// What has become of a job that was to be created.
    enum Creation: Sendable {
        case created
        /// Its target already has a job in progress.
        case targetTaken
        /// The storage failed, after others of the same request had been created.
        case failed
    }

    /// Creates jobs, some hundreds in a transaction, so that a long list of them does not hold up whoever else writes.
    /// - Throws: if the storage fails before any job is created.
    func create(_ jobs: [NewJob], by author: JobAuthor) async throws -> [Creation] {
        // Together they are tried no longer than one: the client waits for all of them.
        try await StorageDeadlines.sharing { try await createInParts(jobs, author) }
    }

    private func createInParts(_ jobs: [NewJob], _ author: JobAuthor) async throws -> [Creation] {
        let documents = jobs.map(NamedDocument.init)
        var outcomes: [Creation] = []
        while outcomes.count < documents.count {
            let part = documents[outcomes.count...].prefix(Self.jobsInTransaction)
            do {
                let created = try await create(part, author)
                for (job, outcome) in zip(jobs[outcomes.count...], created) where outcome == .created {
                    metrics.didCreate(job.operation)
                }
                outcomes += created
            } catch {
                guard outcomes.contains(.created) else { throw error }
                outcomes += Array(repeating: .failed, count: documents.count - outcomes.count)
            }
        }
        return outcomes
    }

    private struct NamedDocument: Sendable {
        let id: String
        let json: JSON
        let bytes: [UInt8]

        init(_ job: NewJob) {
            id = job.id.description
            json = job.document
            bytes = job.document.bytes
        }
    }

    static let jobsInTransaction = 256

    private func create(_ documents: ArraySlice<NamedDocument>, _ author: JobAuthor) async throws -> [Creation] {
        try await store.write { try insert(documents, author, in: $0) }
    }

    private func insert(
        _ documents: ArraySlice<NamedDocument>, _ author: JobAuthor, in transaction: any WriteTransaction
    ) throws -> [Creation] {
        if documents.isEmpty { return [] }
        let insertions = try transaction.insert(documents.map(\.bytes), into: collections.inProgress)
        var created: [JobObservers.Changed] = []
        let outcomes = try zip(documents, insertions).map { document, insertion throws -> Creation in
            switch insertion {
            case .inserted(let position):
                created.append(
                    JobObservers.Changed(
                        id: document.id, document: Document(position: position, bytes: document.bytes),
                        json: document.json))
                return .created
            case .duplicateKey(.target):
                return .targetTaken
            case .duplicateKey(.jobID):
                // Nobody else has that random id: an earlier attempt was committed after all, with all that goes with
                // it, and the database's word on that was lost.
                return .created
            case .duplicateKey(let path):
                throw StoreError.duplicateKey(collection: collections.inProgress.name, path: path)
            }
        }
        try observers.notify(.created, created, by: author, in: transaction)
        return outcomes
    }

    /// Creates jobs, in one transaction that also keeps what is replied; or finds what was replied to the first request
    /// with the key.
    /// - Parameters:
    ///   - jobs: no more than `jobsInTransaction`.
    ///   - reply: what is replied when that has become of the jobs.
    /// - Returns: what is to be replied, and whether that was kept from an earlier request.
    /// - Throws: `HTTPError` if the key is another request's; if the storage fails, when no job is created.
    func createOnce(
        _ jobs: [NewJob], by author: JobAuthor, _ use: IdempotencyKeys.Use, among keys: IdempotencyKeys,
        reply: @escaping @Sendable ([Creation]) -> [UInt8]
    ) async throws -> (reply: [UInt8], isRepeated: Bool) {
        let documents = jobs.map(NamedDocument.init)
        let now = Timestamp.now
        let (bytes, creations) = try await store.write { transaction -> ([UInt8], [Creation]?) in
            if let kept = try keys.reply(to: use, at: now, in: transaction) { return (kept, nil) }
            let creations = try insert(documents[...], author, in: transaction)
            let bytes = reply(creations)
            // A request that could create nothing gets the same reply again without being kept, and takes no place.
            if !documents.isEmpty { try keys.keep(bytes, to: use, at: now, in: transaction) }
            return (bytes, creations)
        }
        for (job, outcome) in zip(jobs, creations ?? []) where outcome == .created { metrics.didCreate(job.operation) }
        return (bytes, creations == nil)
    }

    /// Applies the update that a request asks for.
    /// - Returns: false if there is no such job, or if it has come to its end in another way than the update says.
    /// - Parameter precondition: has a look at the job as it is before, and throws if it is not to be changed.
    func update(
        _ update: JobUpdate, for request: Request, if precondition: (@Sendable (Document) throws -> Void)? = nil
    ) async throws -> Bool {
        let now = Timestamp.now
        let outcome = try await store.write { [observers] transaction -> Outcome in
            try observers.check(update, request, in: transaction)
            return try apply(update, by: JobAuthor(request), at: now, if: precondition, in: transaction)
        }
        if case .finished(let job) = outcome { metrics.didFinish(try Job(job)) }
        return outcome.isKnown
    }

    /// Applies an update within a transaction.
    func apply(
        _ update: JobUpdate, by author: JobAuthor, at now: Timestamp,
        if precondition: ((Document) throws -> Void)? = nil, in transaction: any WriteTransaction
    ) throws -> Outcome {
        let id = update.jobID
        let changes = update.changes(at: now)
        let isThis = Filter.equal(.jobID, .string(id))
        let isFinished = update.status?.isFinal == true
        let before =
            update.status != nil && observers.keepHistory
            ? try transaction.status(ofJob: isThis, in: collections.inProgress) : nil
        if let precondition, let job = try transaction.first(in: collections.inProgress, Query(isThis)) {
            try precondition(job)
        }
        let job =
            isFinished
            ? try transaction.move(from: collections.inProgress, where: isThis, to: collections.completed, changes)
            : try transaction.update(in: collections.inProgress, where: isThis, changes)
        guard let job else {
            let finished = try transaction.first(in: collections.completed, Query(isThis))
            return try finished.map { try update.repeatsEnd(of: $0) } ?? false ? .known : .none
        }
        try observers.notify(
            isFinished ? .finished : .updated, [JobObservers.Changed(id: id, document: job)], from: before,
            by: author, in: transaction)
        return isFinished ? .finished(job) : .known
    }

    /// What has become of an update.
    enum Outcome: Sendable {
        /// There is no such job in progress, and none that has come to the same end.
        case none
        case known
        case finished(Document)

        var isKnown: Bool { if case .none = self { false } else { true } }
    }
}

extension ReadTransaction {
    fileprivate func status(ofJob isThis: Filter, in collection: Collection) throws -> String? {
        var query = Query(isThis, limit: 1)
        query.showsLastElementsOnly = true
        var status: String?
        try find(in: collection, query) { position, document in
            status =
                try Job.status(atStartOf: document)
                ?? Document(position: position, bytes: document).json()["status"]?.string
            return .stop
        }
        return status
    }
}

extension Job {
    /// The status of a document whose second member it is, as this service writes them, so that the rest need not be
    /// parsed; nil for any other.
    fileprivate static func status(atStartOf document: Span<UInt8>) -> String? {
        document.withUnsafeBufferPointer { bytes in
            func text(from start: Int, behind name: String) -> (text: Slice<UnsafeBufferPointer<UInt8>>, end: Int)? {
                guard bytes[start...].starts(with: name.utf8) else { return nil }
                let rest = bytes[(start + name.utf8.count)...]
                guard let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }),
                    bytes[end] == UInt8(ascii: "\"")
                else { return nil }
                return (rest[..<end], end + 1)
            }
            guard let id = text(from: 0, behind: #"{"jobId":""#),
                let status = text(from: id.end, behind: #","status":""#)
            else { return nil }
            return String(decoding: status.text, as: UTF8.self)
        }
    }
}

extension JobUpdate {
    /// Whether this is what a finished job was told before: a client repeats it when the reply was lost.
    fileprivate func repeatsEnd(of job: Document) throws -> Bool {
        guard let status else { return false }
        return try Job(job).status == status
    }
}
