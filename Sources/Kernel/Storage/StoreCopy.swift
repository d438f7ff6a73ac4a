/// Copies collections from one store to another, document by document in order of entry.
///
/// A copy that was interrupted goes on where it ended: what the target has already must be the beginning of what the
/// source has. When all is there, both are read once more and compared. Nothing else may write to either meanwhile.
public struct StoreCopy: Sendable {
    public struct Progress: Sendable, Hashable {
        public let collection: String
        public let copied: Int
        public let total: Int
    }

    /// Why a copy is not complete.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private static let batchSize = 200

    private let source: any DocumentStore
    private let target: any DocumentStore
    private let report: @Sendable (Progress) -> Void

    /// - Parameters:
    ///   - source: what is read.
    ///   - target: what is written.
    ///   - report: told after each batch.
    public init(
        from source: any DocumentStore, to target: any DocumentStore, report: @escaping @Sendable (Progress) -> Void
    ) {
        self.source = source
        self.target = target
        self.report = report
    }

    /// Copies one collection, which both stores have declared alike.
    /// - Parameters:
    ///   - collection: as both stores know it.
    ///   - shape: what of a document is compared; nil for all of it. A store may hold what it does not serve.
    ///   - verified: is given the text of each document once it has been read from both stores and found the same, in
    ///     order of entry, with the members of objects sorted by name.
    /// - Returns: how many documents it has.
    /// - Throws: `Failure`, `StoreError`.
    public func copy(
        _ collection: Collection, as shape: DocumentShape? = nil, verified: ([UInt8]) -> Void = { _ in }
    ) async throws -> Int {
        let total = try await source.read { try $0.count(in: collection, where: .all) }
        var place = try await commonBeginning(of: collection, as: shape)
        while true {
            let batch = try await Self.batch(of: collection, in: source, behind: place.source)
            guard let last = batch.last else { break }
            try await target.write { transaction in
                for document in batch { try transaction.insert(document.bytes, into: collection) }
            }
            place.source = last.position
            place.count += batch.count
            report(Progress(collection: collection.name, copied: place.count, total: total))
        }
        let checked = try await commonBeginning(of: collection, as: shape, visit: verified)
        guard checked.count == total, place.count == total else {
            throw Failure(
                description: "'\(collection.name)' has \(total) documents, of which \(checked.count) were copied; "
                    + "something else writes to one of the databases")
        }
        return total
    }

    /// Reads what the target has, beside the same number of the source's documents.
    /// - Returns: the last of them in the source, and how many there are.
    /// - Throws: `Failure` if they differ.
    private func commonBeginning(
        of collection: Collection, as shape: DocumentShape?, visit: ([UInt8]) -> Void = { _ in }
    ) async throws -> (source: Position?, count: Int) {
        var (inSource, inTarget): (Position?, Position?) = (nil, nil)
        var count = 0
        while true {
            let there = try await Self.batch(of: collection, in: target, behind: inTarget)
            guard let last = there.last else { return (inSource, count) }
            let here = try await Self.batch(of: collection, in: source, behind: inSource)
            for (index, document) in there.enumerated() {
                let text = try document.json().comparable(shape)
                guard index < here.count, try here[index].json().comparable(shape) == text else {
                    throw Failure(
                        description: "document \(count + index + 1) of '\(collection.name)' in the target is not the "
                            + "one of the source; copy to a database without documents")
                }
                visit(text)
            }
            inSource = here[there.count - 1].position
            inTarget = last.position
            count += there.count
        }
    }

    private static func batch(
        of collection: Collection, in store: any DocumentStore, behind position: Position?
    ) async throws -> [Document] {
        try await store.read { transaction in
            var batch: [Document] = []
            try transaction.find(in: collection, Query(after: position, limit: batchSize)) { position, bytes in
                batch.append(Document(position: position, bytes: bytes))
                return .next
            }
            return batch
        }
    }
}

extension JSON {
    /// The text of the value with the members of its objects sorted, in which equal values are the same text.
    fileprivate func comparable(_ shape: DocumentShape?) -> [UInt8] {
        func sort(_ value: JSON) -> JSON {
            switch value {
            case .array(let elements): return .array(elements.map(sort))
            case .object(let object):
                let members = object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
                return .object(
                    JSONObject(unique: members.map { JSONObject.Member(name: $0.name, value: sort($0.value)) }))
            default: return value
            }
        }
        return sort(shape?.conforming(self) ?? self).bytes
    }
}
