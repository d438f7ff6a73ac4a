import Kernel

/// The ids of one collection that a transaction gives to its new documents.
struct Allotment {
    /// The last id before those of the transaction.
    let start: ObjectID
    /// The last one that was given.
    private(set) var last: ObjectID
    /// Up to where the transaction has moved the sequence; nil if it moves it at its end.
    private(set) var end: ObjectID?

    /// Ids behind one that is thought to be the last.
    init(behind start: ObjectID) {
        self.start = start
        last = start
    }

    /// Ids that the sequence has given.
    init(_ ids: Range<ObjectID>) {
        start = ObjectID(high: ids.lowerBound.high, low: ids.lowerBound.low &- 1)
        last = start
        end = ObjectID(high: ids.upperBound.high, low: ids.upperBound.low &- 1)
    }

    /// Adds ids that the sequence has given behind the earlier ones.
    mutating func extend(_ ids: Range<ObjectID>) {
        end = ObjectID(high: ids.upperBound.high, low: ids.upperBound.low &- 1)
    }

    func has(_ count: Int) -> Bool { end.map { $0.low - last.low >= UInt64(count) } ?? true }

    mutating func take() -> ObjectID {
        last = last.next
        return last
    }
}
