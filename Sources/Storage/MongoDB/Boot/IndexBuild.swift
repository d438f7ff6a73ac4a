import Kernel

/// Has the server build the indexes of a collection, and waits for as long as that takes.
///
/// An index that is listed may still be under construction, by another instance or since an earlier start; only the
/// answer to `createIndexes` says that all are there. It comes on a connection of its own: a server gives a build up
/// whose client goes.
struct IndexBuild {
    /// A connection with patience.
    let client: Client
    let database: String
    let hosts: String
    let collection: String
    let indexes: [IndexDefinition]
    let log: Logger

    private static let interval = Duration.seconds(10)

    func run() throws {
        guard !indexes.isEmpty else { return }
        try withProgress {
            do throws(MongoDBError) {
                try client.run(
                    .write,
                    [
                        "createIndexes": .string(collection),
                        "indexes": .array(indexes.map { .document($0.specification) }),
                    ], on: database)
            } catch {
                throw try failure(error)
            }
        }
    }

    /// Tells now and then that the building goes on.
    private func withProgress(_ body: () throws -> Void) throws {
        let isDone = Monitor(false)
        let begin = ContinuousClock.now
        try OwnThread.start("mongodb-build") { [log, collection] in
            var next = begin + Self.interval
            while !isDone.wait({ $0 || .now >= next ? .done($0) : .until(next) }) {
                next += Self.interval
                log.info(
                    "the indexes of '\(collection)' are being built, for \((ContinuousClock.now - begin).components.seconds) "
                        + "s so far; the service starts when they are there")
            }
        }
        defer { isDone.update { $0 = true } }
        try body()
        let span = ContinuousClock.now - begin
        if span > Self.interval {
            log.info("the indexes of '\(collection)' are built, after \(span.components.seconds) s")
        }
    }

    private func failure(_ error: MongoDBError) throws -> any Error {
        switch error.code {
        case ErrorCode.duplicateKey:
            for index in indexes where index.isUnique {
                if let violation = try violation(of: index) { return violation }
            }
            return error
        case ErrorCode.indexOptionsConflict, ErrorCode.indexKeySpecsConflict:
            return BootIssue(
                .environment,
                "the collection '\(collection)' of the database '\(database)' on \(hosts) has an index that is in the "
                    + "way: \(error.message)",
                remedy: "drop the index that is named there; the service makes its own")
        default:
            return error
        }
    }

    /// The documents that keep a unique index from being built; nil if none do.
    private func violation(of index: IndexDefinition) throws -> BootIssue? {
        let reply = try client.run(
            .read,
            [
                "aggregate": .string(collection), "pipeline": try index.violations, "cursor": [:],
                "allowDiskUse": true, "maxTimeMS": .int64(600_000),
            ], on: database)
        let examples = try reply.documents.map { row in
            try row.bytes.withUnsafeBytes { bytes in
                let row = try BSONReader(bytes)
                let ids = try ["first", "last"].compactMap { try row[$0]?.objectID?.text }
                return "\(try row["count"]?.integer ?? 0) have \(try Self.shown(row["_id"]))"
                    + (ids.isEmpty ? "" : " (_id \(ids.joined(separator: ", ")))")
            }
        }
        guard !examples.isEmpty else { return nil }
        let fields = index.fields.joined(separator: ", ")
        return BootIssue(
            .environment,
            "the database '\(database)' on \(hosts) holds documents in '\(collection)' that must differ in '\(fields)' "
                + "and do not: \(examples.joined(separator: "; "))",
            remedy: "correct or remove all but one of each, then start again: "
                + "db.getSiblingDB('\(database)').\(collection).find({'\(index.fields[0])': …})")
    }

    private static func shown(_ values: BSONElement?) throws -> String {
        var shown: [String] = []
        try values?.document?.forEach { value in
            shown.append(value.string.map { JSON.string($0).text } ?? value.integer.map(String.init) ?? "the same")
            return true
        }
        return shown.joined(separator: ", ")
    }
}

extension IndexDefinition {
    /// The stages that find values which stand in several documents.
    fileprivate var violations: BSONValue {
        get throws {
            var group: BSONDocument = [:]
            for (number, field) in fields.enumerated() { group.append("\(number)", .string("$" + field)) }
            return [
                ["$match": .document(partialFilter ?? BSONDocument())],
                [
                    "$group": [
                        "_id": .document(group), "count": ["$sum": 1], "first": ["$min": "$_id"],
                        "last": ["$max": "$_id"],
                    ]
                ],
                ["$match": ["count": ["$gt": 1]]], ["$sort": ["_id": 1]], ["$limit": 5],
            ]
        }
    }
}
