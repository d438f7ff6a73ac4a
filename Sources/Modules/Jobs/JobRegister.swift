import Kernel

/// Creates, finds and updates jobs. Each change of a job, its log, its place and what observers keep of it is one
/// transaction.
struct JobRegister: Sendable {
    let store: any DocumentStore
    let collections: JobCollections
    let observers: JobObservers

    func job(_ id: String) async throws -> Document? {
        try await store.read { [collections] transaction in
            for collection in collections.inOrder {
                if let job = try transaction.first(in: collection, Query(.equal(.jobID, .string(id)))) { return job }
            }
            return nil
        }
    }

    /// Creates jobs in one transaction.
    /// - Returns: for each, whether it was created; false if its target already has a job in progress.
    func create(_ jobs: [NewJob]) async throws -> [Bool] {
        let documents = jobs.map(\.document.bytes)
        return try await store.write { [collections, observers] transaction in
            try documents.map { document in
                do {
                    let position = try transaction.insert(document, into: collections.inProgress)
                    try observers.notify(Document(position: position, bytes: document), in: transaction)
                    return true
                } catch StoreError.duplicateKey(_, .target) {
                    return false
                }
            }
        }
    }

    /// Applies an update to a job.
    /// - Returns: false if there is no such job, or if it has come to its end in another way than the update says.
    func update(_ id: String, _ update: JobUpdate) async throws -> Bool {
        let changes = update.changes(at: .now)
        return try await store.write { [collections, observers] transaction in
            let isThis = Filter.equal(.jobID, .string(id))
            guard let job = try transaction.update(in: collections.inProgress, where: isThis, changes) else {
                let finished = try transaction.first(in: collections.completed, Query(isThis))
                return try finished.map { try update.repeatsEnd(of: $0) } ?? false
            }
            if update.status?.isFinal == true {
                try transaction.insert(job.bytes, into: collections.completed)
                try transaction.delete(in: collections.inProgress, where: isThis)
            }
            try observers.notify(job, in: transaction)
            return true
        }
    }
}

extension JobUpdate {
    /// Whether this is what a finished job was told before: a client repeats it when the reply was lost.
    fileprivate func repeatsEnd(of job: Document) throws -> Bool {
        guard let status else { return false }
        return try job.json()["status"]?.string == status.rawValue
    }
}
