import Kernel

/// Up to where completed jobs have been compared with targets, so that a start does not read them all again, and one
/// that was interrupted goes on. What has been compared stays right, since completed jobs do not change.
struct RebuildMark: Sendable, Hashable {
    let position: Position

    static func spec(_ form: TargetForm) -> CollectionSpec {
        CollectionSpec("\(form.collection)marks", indexes: [.unique(.mark)])
    }
    private static let isThis = Filter.equal(.mark, "rebuilt")

    private static let high = Property<RebuildMark, String>.required("high", .string())
    private static let low = Property<RebuildMark, String>.required("low", .string())

    static func read(_ collection: Collection, in transaction: any ReadTransaction) throws -> RebuildMark? {
        guard let document = try transaction.first(in: collection, Query(isThis))?.json(),
            let high = document[high].flatMap({ UInt64($0, radix: 16) }),
            let low = document[low].flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        return RebuildMark(position: Position(high: high, low: low))
    }

    func write(_ collection: Collection, in transaction: any WriteTransaction) throws {
        // Positions have 64 unsigned bits in each half, more than a JSON number holds everywhere.
        let document: JSON = [
            "mark": "rebuilt", Self.high.name: .string(String(position.high, radix: 16)),
            Self.low.name: .string(String(position.low, radix: 16)),
        ]
        try transaction.upsert(document.bytes, in: collection, where: Self.isThis)
    }
}

extension FieldPath {
    fileprivate static let mark: FieldPath = "mark"
}
