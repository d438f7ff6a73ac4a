import Glibc
import Kernel
import Synchronization

/// Opens a database at boot, on a thread that may block: waits for a server, looks at it, and prepares what the modules
/// declare.
struct Opening {
    let uri: ConnectionString
    let settings: MongoDBSettings
    let layouts: [CollectionLayout]
    let log: Logger
    /// For tests; see `Journal`.
    let onStep: @Sendable () throws -> Void

    /// - Throws: `BootIssue`.
    func run() throws -> MongoDBStore {
        LibMongoC.prepare(log: log)
        try uri.tls.checkFiles()
        for weakness in uri.tls.weaknesses {
            log.warning(
                "storage.url says \(weakness)=true: anybody on the way to \(uri.hosts) can pass for the MongoDB server; "
                    + "name its certificate authority with tlsCAFile instead")
        }
        let pool = try makePool()
        let start = ContinuousClock.Instant.now
        while true {
            let attempt = ContinuousClock.Instant.now
            do {
                return try open(pool)
            } catch let error as MongoDBError {
                // A server that answers, but not in time, may be held up by locks that a dead instance has left.
                let limit = error.isServerGone ? settings.bootWait : max(settings.bootWait, .seconds(15))
                let next = max(settings.serverSelectionTimeout, .now - attempt)
                guard mayRepeat(error), .now + next < start + limit else {
                    throw issue(error)
                }
                usleep(100_000)
            }
        }
    }

    private func makePool() throws -> ClientPool {
        do throws(MongoDBError) {
            return try ClientPool(uri, count: settings.connections + settings.snapshots + 1)
        } catch {
            throw BootIssue(
                .configuration, "the MongoDB client cannot be set up for \(uri.hosts): \(error.message)",
                remedy: "look at the host's name and at the tls options of storage.url")
        }
    }

    private func open(_ pool: ClientPool) throws -> MongoDBStore {
        guard let client = pool.take() else {
            throw BootIssue(.environment, "the MongoDB client has no connections", remedy: nil)
        }
        let server = try ServerKind(asking: client, uri.database)
        let heartbeat = server.hasTransactions ? try joinInstances(pool, client) : nil
        do {
            return try prepare(pool, client, server, heartbeat)
        } catch {
            if let heartbeat { Task { await heartbeat.stop() } }
            throw error
        }
    }

    /// Enters the register of instances, and clears up behind those that were killed: their locks are in the way of
    /// what follows.
    private func joinInstances(_ pool: ClientPool, _ client: Client) throws -> Heartbeat? {
        let instances = InstanceRegister(uri.database, log: log)
        try instances.beat(client)
        pool.instances.withLock { $0 = instances }
        return try pool.take().map { try Heartbeat(instances, $0) }
    }

    private func prepare(
        _ pool: ClientPool, _ client: Client, _ server: ServerKind, _ heartbeat: Heartbeat?
    ) throws -> MongoDBStore {
        for layout in layouts {
            let collection = CollectionPreparation(
                client: client, database: uri.database, hosts: uri.hosts, layout: layout, log: log)
            try collection.run()
            let sequence = SequencePreparation(
                client: client, database: uri.database, hosts: uri.hosts, layout: layout)
            if try sequence.run() { try collection.mendLists() }
        }
        if server.hasTransactions { try tryTransaction(client) } else { try repair(client) }
        log.info(
            "MongoDB \(server.version) (\(server.topology.rawValue)) at \(uri.hosts), database '\(uri.database)'")
        return try store(pool, first: client, server, heartbeat)
    }

    /// What a server says of itself is not enough: some storage engines have no transactions.
    private func tryTransaction(_ client: Client) throws {
        let session = try client.startSession()
        try session.begin()
        defer { session.abort() }
        try client.run(
            .read, ["find": .string(EntrySequence.collection), "limit": 1, "singleBatch": true], on: uri.database,
            in: session)
    }

    /// Finishes what a crash has left, and tells what the server lacks.
    private func repair(_ client: Client) throws {
        log.warning(
            "the MongoDB server at \(uri.hosts) is standalone and has no transactions: writes of several documents are "
                + "applied in steps and finished at the next boot after a crash, lists are no snapshots, and only one "
                + "instance of this service may use the database. A replica set of one member is enough: rs.initiate()")
        let journal = Journal(
            client: client, session: nil, database: uri.database, layouts: layouts, log: log)
        let count = try journal.redo()
        if count > 0 { log.warning("\(count) writes that a crash had interrupted were finished") }
    }

    private func store(
        _ pool: ClientPool, first: Client, _ server: ServerKind, _ heartbeat: Heartbeat?
    ) throws -> MongoDBStore {
        let others = (1..<settings.connections).compactMap { _ in pool.take() }
        let snapshots = SnapshotRegister(
            pool, count: settings.snapshots, lifetime: settings.snapshotDeadline, lineLimit: settings.queue,
            patience: settings.deadline)
        let workers = try Workers(
            [first] + others, health: pool.health, queueLimit: settings.queue, deadline: settings.deadline,
            onTick: { snapshots.expire() })
        let runner = TransactionRunner(
            database: uri.database, layouts: layouts, hasTransactions: server.hasTransactions, log: log,
            onStep: onStep)
        return MongoDBStore(workers, snapshots, runner, heartbeat)
    }

    private func mayRepeat(_ error: MongoDBError) -> Bool {
        switch error.tlsFailure {
        case .certificate, .files: false
        case .handshake, nil: error.isNetworkFailure || error.isStateChange || error.isConflict
        }
    }
}
