import Kernel

/// How far a document's growing array is filled. It stands in the document beside the array and is not served, so that
/// an update need not look at the array: as long as there is room, it is one command whatever the array's length.
struct ArrayFilling: Hashable {
    /// The field; a document that another program has put in lacks it, and is measured once.
    static let field = UnservedField.growth

    /// Of the JSON texts of the elements and the commas behind them, without the marker.
    var bytes = 0
    /// The elements without the marker.
    var count = 0
    /// How many elements the marker speaks of; 0 if there is none.
    var leftOut = 0

    init() {}

    /// What a document says; nil if it does not.
    init?(of document: BSONReader) throws {
        guard let stored = try document[Self.field]?.document, let bytes = try stored["bytes"]?.integer,
            let count = try stored["count"]?.integer, let leftOut = try stored["leftOut"]?.integer
        else { return nil }
        (self.bytes, self.count, self.leftOut) = (Int(bytes), Int(count), Int(leftOut))
    }

    /// - Returns: nil if there is something else than an array.
    init?(measuring document: BSONReader, _ growing: GrowingArray) throws {
        guard let array = try document[growing.name] else { return }
        guard array.type == .array else { return nil }
        var text = JSONText()
        var last: [UInt8] = []
        try BSONReader(array.value).forEach { element in
            guard element.type == .document else {
                last = Array(repeating: 0, count: element.value.count)
                (bytes, count) = (bytes + last.count + 1, count + 1)
                return true
            }
            try text.write(BSONReader(element.value), keepingID: true)
            last = text.bytes
            (bytes, count) = (bytes + last.count + 1, count + 1)
            return true
        }
        if let element = try? JSON(parsing: last), let leftOut = growing.marker.count(in: element) {
            (bytes, count) = (bytes - last.count - 1, count - 1)
            self.leftOut = leftOut
        }
    }

    var document: BSONDocument {
        ["bytes": .int64(Int64(bytes)), "count": .int64(Int64(count)), "leftOut": .int64(Int64(leftOut))]
    }

    /// Takes in what there is room for.
    /// - Returns: which elements are kept, and the marker behind them, if there is one.
    mutating func add(_ growths: [Growth], to growing: GrowingArray) -> (kept: [JSON], marker: JSON?) {
        var kept: [JSON] = []
        func keep(_ element: JSON) {
            kept.append(element)
            bytes += element.size
            count += 1
        }
        for growth in growths {
            let room = growing.room(for: growth.right).map { $0 - bytes - growth.element.size >= 0 } ?? true
            if room, growth.right != .ordinary || leftOut == 0 {
                keep(growth.element)
            } else if let otherwise = growth.otherwise {
                keep(otherwise)
            } else {
                leftOut += 1
            }
        }
        guard leftOut > 0, let newest = growths.last?.element else { return (kept, nil) }
        return (kept, growing.marker.element(leftOut: leftOut, newest: newest))
    }

    /// How many bytes an array may have at most for all of `growths` to be kept; nil for any.
    static func room(for growths: [Growth], in growing: GrowingArray) -> Int? {
        var (least, added): (Int?, Int) = (nil, 0)
        for growth in growths {
            added += growth.element.size
            if let room = growing.room(for: growth.right) { least = min(least ?? .max, room - added) }
        }
        return least
    }
}

extension GrowingArray {
    var name: String { path.dotted }

    /// Up to how many bytes an element with that right is kept; nil for any.
    fileprivate func room(for right: Growth.Right) -> Int? {
        switch right {
        case .ordinary: maximum
        case .reserve: maximum + reserve
        case .always: nil
        }
    }
}

extension JSON {
    /// Of its text, with a comma.
    fileprivate var size: Int { bytes.count + 1 }
}

extension [Change] {
    /// What is to be added to the growing array.
    var growths: [Growth] {
        flatMap { change -> [Growth] in if case .grow(_, let growths) = change { growths } else { [] } }
    }
}
