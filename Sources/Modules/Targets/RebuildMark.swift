import Kernel

/// Up to where completed jobs have been compared with targets, so that a start does not read them all again.
///
/// What has been compared stays right, since completed jobs do not change. The numbers guard against what a position
/// alone would miss: jobs that another instance put before it, targets that somebody has removed.
struct RebuildMark: Sendable, Hashable {
    let position: Position
    /// How many jobs were completed, up to that position.
    let completed: Int
    let targets: Int

    static func spec(_ form: TargetForm) -> CollectionSpec {
        CollectionSpec("\(form.collection)marks", indexes: [.unique(.mark)])
    }
    private static let isThis = Filter.equal(.mark, "rebuilt")

    static func read(_ collection: Collection, in transaction: any ReadTransaction) throws -> RebuildMark? {
        guard let document = try transaction.first(in: collection, Query(isThis))?.json(),
            let high = document["high"]?.string.flatMap({ UInt64($0, radix: 16) }),
            let low = document["low"]?.string.flatMap({ UInt64($0, radix: 16) }),
            let completed = document["completed"]?.wholeNumber, let targets = document["targets"]?.wholeNumber
        else { return nil }
        return RebuildMark(
            position: Position(high: high, low: low), completed: Int(completed), targets: Int(targets))
    }

    func write(_ collection: Collection, in transaction: any WriteTransaction) throws {
        // Positions have 64 unsigned bits in each half, more than a JSON number holds everywhere.
        let document: JSON = [
            "mark": "rebuilt", "high": .string(String(position.high, radix: 16)),
            "low": .string(String(position.low, radix: 16)), "completed": .integer(Int64(completed)),
            "targets": .integer(Int64(targets)),
        ]
        try transaction.upsert(document.bytes, in: collection, where: Self.isThis)
    }
}

extension FieldPath {
    fileprivate static let mark: FieldPath = "mark"
}
