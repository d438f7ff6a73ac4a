import Kernel

/// How far a document's growing array is filled. It stands in the document beside the array and is not served, so that
/// an update need not look at the array: as long as there is room, it is one command whatever the array's length.
struct ArrayFilling: Hashable {
    /// The field; a document that another program has put in lacks it, and is measured once.
    static let field = "_growth"

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
    var name: String { CollectionLayout.field(path) }

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

extension CollectionLayout {
    /// A document as it is kept: its instants in their one form, in whose order texts are, and how far its growing
    /// array is filled.
    func stored(_ body: BSONDocument) throws -> BSONDocument {
        var body = body
        for path in plainInstants {
            guard case .string(let text) = try body.scalar(at: path), let canonical = InstantText.canonical(text) else {
                continue
            }
            body = try body.applying([.set(path, .string(canonical))])
        }
        if let growing = spec.growing, let filling = try body.read({ try ArrayFilling(measuring: $0, growing) }) {
            body.append(ArrayFilling.field, .document(filling.document))
        }
        return body
    }

    func stored(_ changes: [Change]) -> [Change] {
        if plainInstants.isEmpty { return changes }
        return changes.map { change in
            guard case .set(let path, .string(let text)) = change, plainInstants.contains(path),
                let canonical = InstantText.canonical(text)
            else { return change }
            return .set(path, .string(canonical))
        }
    }

    /// The declared instants that do not stand in arrays.
    var plainInstants: [FieldPath] { spec.instants.filter { !$0.steps.contains(where: \.isArray) } }
}

extension InstantText {
    /// With what the text of an instant begins; other texts are none.
    static let firstDigits = UInt8(ascii: "0")...UInt8(ascii: "9")

    static func canonical(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { canonical(UnsafeRawBufferPointer($0)) }
    }
}
