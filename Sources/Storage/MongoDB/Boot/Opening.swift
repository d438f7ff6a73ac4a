import Kernel
import Synchronization

/// Opens a database at boot, on a thread that may block: waits for a server, looks at it, and prepares what the modules
/// declare.
struct Opening {
    let uri: ConnectionString
    let settings: MongoDBSettings
    let layouts: [CollectionLayout]
    let log: Logger
    /// Whether the database is only to be read: it must be there, and nothing in it is prepared.
    let isSource: Bool
    /// Told when the server is reached: what follows takes as long as it needs.
    let onReach: @Sendable () -> Void
    /// For tests; see `Journal`.
    let onStep: @Sendable () throws -> Void

    /// So long may a server take that builds indexes or looks at every document. One that is gone is noticed earlier,
    /// by the keep-alive of the connection.
    private static let patience = Duration.seconds(24 * 3600)

    /// - Throws: `BootIssue`.
    func run() throws -> MongoDBStore {
        LibMongoC.prepare(log: log)
        try uri.tls.checkFiles()
        for weakness in uri.tls.weaknesses {
            log.warning(
                "storage.url says \(weakness)=true: anybody on the way to \(uri.hosts) can pass for the MongoDB server; "
                    + "name its certificate authority with tlsCAFile instead")
        }
        let reached = try reach()
        onReach()
        do {
            return try open(reached)
        } catch let error as MongoDBError {
            throw issue(error)
        }
    }

    /// What a server was reached with.
    private struct Reached {
        let pool: ClientPool
        let client: Client
        let server: ServerKind
    }

    /// Waits for a server, whether it is down or its name is not known yet.
    private func reach() throws -> Reached {
        let deadline = ContinuousClock.now + settings.bootWait
        var pool: ClientPool?
        while true {
            let begin = ContinuousClock.now
            do {
                let current = try pool ?? makePool()
                pool = current
                guard let client = current.take() else {
                    throw BootIssue(.environment, "the MongoDB client has no connections", remedy: nil)
                }
                return Reached(
                    pool: current, client: client,
                    server: try ServerKind(asking: client, uri.database, hosts: uri.hosts))
            } catch let error as MongoDBError {
                let next = max(settings.serverSelectionTimeout, .now - begin)
                guard mayRepeat(error), .now + next < deadline else { throw issue(error) }
                OwnThread.pause(.milliseconds(100))
            }
        }
    }

    private func makePool() throws -> ClientPool {
        do throws(MongoDBError) {
            return try ClientPool(uri, count: settings.connections + settings.snapshots + 1, log: log)
        } catch {
            if error.isUnknownName { throw error }
            throw BootIssue(
                .configuration, "the MongoDB client cannot be set up for \(uri.hosts): \(error.message)",
                remedy: "look at the host's name and at the tls options of storage.url")
        }
    }

    private func open(_ reached: Reached) throws -> MongoDBStore {
        let (pool, client, server) = (reached.pool, reached.client, reached.server)
        let database = try steadily(client) {
            try DatabaseName(client: client, wanted: uri.database, hosts: uri.hosts, log: log).find(
                mustBeThere: isSource)
        }
        if isSource { return try store(pool, first: client, server, database, nil) }
        let heartbeat = server.hasTransactions ? try joinInstances(pool, database) : nil
        do {
            for layout in layouts { try prepare(layout, in: database, pool, client) }
            try steadily(client) {
                if server.hasTransactions {
                    try TransactionProbe(client: client, database: database, server: server, hosts: uri.hosts).run()
                } else {
                    try repair(client, database)
                }
            }
            log.info(
                "\(server.product) \(server.version) (\(server.topology.rawValue)) at \(uri.hosts), database '\(database)'"
            )
            return try store(pool, first: client, server, database, heartbeat)
        } catch {
            if let heartbeat { Task { await heartbeat.stop() } }
            throw error
        }
    }

    /// Enters the register of instances, and begins to clear up behind those that were killed: their locks may be in
    /// the way of what follows.
    private func joinInstances(_ pool: ClientPool, _ database: String) throws -> Heartbeat? {
        let instances = InstanceRegister(database, in: uri.own.instances, log: log)
        pool.sessionNotes.withLock { $0 = instances }
        return try pool.take().map { try Heartbeat(instances, $0, pool.health) }
    }

    private func prepare(
        _ layout: CollectionLayout, in database: String, _ pool: ClientPool, _ client: Client
    ) throws {
        let collection = CollectionPreparation(
            client: client, database: database, hosts: uri.hosts, layout: layout, log: log)
        let sequence = SequencePreparation(client: client, database: database, hosts: uri.hosts, layout: layout)
        try steadily(client) { try collection.run() }
        try steadily(client) {
            let build = IndexBuild(
                client: try patient(pool, client), database: database, hosts: uri.hosts, collection: layout.name,
                indexes: collection.indexes, log: log)
            try build.run()
        }
        let isForeign = try steadily(client) { try sequence.run() }
        if isForeign { try steadily(client) { try collection.mendLists(on: patient(pool, client)) } }
    }

    private func patient(_ pool: ClientPool, _ client: Client) throws(MongoDBError) -> Client {
        guard let address = client.awaitPrimary(until: .now + settings.serverSelectionTimeout) else {
            throw .noPrimary
        }
        return try pool.connect(to: address, socketTimeout: Self.patience)
    }

    /// Runs a step, which may be repeated, again while the server is away, as during an election, or held up by locks
    /// that a dead instance has left.
    private func steadily<R>(_ client: Client, _ step: () throws -> R) throws -> R {
        var since: ContinuousClock.Instant?
        while true {
            let begin = ContinuousClock.now
            do {
                return try step()
            } catch let error as MongoDBError where mayRepeat(error) {
                let end = ContinuousClock.now
                // What has gone well for so long fails for a new reason.
                let first = if let since, end - begin < settings.writeDeadline { since } else { end }
                since = first
                guard end - first < settings.writeDeadline else { throw error }
                client.awaitPrimary(until: end + settings.serverSelectionTimeout)
                OwnThread.pause(.milliseconds(100))
            }
        }
    }

    /// Finishes what a crash has left, and tells what the server lacks.
    private func repair(_ client: Client, _ database: String) throws {
        log.warning(
            "the MongoDB server at \(uri.hosts) is standalone and has no transactions: writes of several documents are "
                + "applied in steps and finished at the next boot after a crash, lists are no snapshots, and only one "
                + "instance of this service may use the database. A replica set of one member is enough: rs.initiate()")
        let journal = Journal(
            client: client, session: nil, database: database, layouts: layouts, log: log)
        let count = try journal.redo()
        if count > 0 { log.warning("\(count) writes that a crash had interrupted were finished") }
    }

    private func store(
        _ pool: ClientPool, first: Client, _ server: ServerKind, _ database: String, _ heartbeat: Heartbeat?
    ) throws -> MongoDBStore {
        let others = (1..<settings.connections).compactMap { _ in pool.take() }
        let watch = DeadlineWatch()
        let snapshots = SnapshotRegister(
            pool, count: settings.snapshots, lifetime: settings.snapshotDeadline, lineLimit: settings.queue,
            patience: settings.readDeadline, watch: watch)
        let workers = try Workers(
            [first] + others, watch: watch, queueLimit: settings.queue,
            spans: (settings.readDeadline, settings.writeDeadline))
        try watch.start { now in
            [workers.expire(at: now), snapshots.expire(at: now)].compactMap { $0 }.min()
        }
        let runner = TransactionRunner(
            database: database, layouts: layouts, hasTransactions: server.hasTransactions,
            readsSnapshots: try !isSource && server.hasTransactions
                && SnapshotProbe(client: first, database: database).run(),
            log: log,
            onStep: onStep)
        return MongoDBStore(workers, snapshots, runner, heartbeat, health: pool.health, watch: watch)
    }

    private func mayRepeat(_ error: MongoDBError) -> Bool {
        switch error.tlsFailure {
        case .certificate, .files: false
        case .handshake, nil:
            error.isNetworkFailure || error.isStateChange || error.isConflict
                || error.code == ErrorCode.indexBuildAborted
        }
    }
}
