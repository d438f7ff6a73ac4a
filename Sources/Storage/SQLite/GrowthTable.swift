import Kernel

/// Where the elements of a growing array are: in rows of their own, one for each update that added some, so that an
/// update costs the same however many there are. The document itself holds an empty array, into which they are put when
/// it is read; the document's row knows where that is, and how much there is.
struct GrowthTable: Sendable {
    let spec: GrowingArray
    /// The table as an SQL identifier.
    let table: String
    let definition: SchemaObject
    let trigger: SchemaObject

    /// Columns of the document's row: where elements go in its text (NULL without an array), their bytes with the
    /// commas, how many were left out, and how many rows they have (the marker's not counted).
    static let columns = ["growth_at", "growth_bytes", "growth_left", "growth_rows"]

    /// The number of the row with the marker, behind all others.
    static let markerNumber = Int64.max

    init(of collection: String, _ spec: GrowingArray) throws {
        guard spec.path.steps.count == 1, spec.path.steps[0].isArray == false else {
            throw StoreError.misuse("the growing array '\(spec.path)' is no member of the document itself")
        }
        let name = "\(collection)/\(spec.path)+"
        self.spec = spec
        table = FieldSQL.identifier(name)
        definition = SchemaObject(
            "TABLE", name,
            "CREATE TABLE \(table) (position INTEGER NOT NULL, number INTEGER NOT NULL, elements TEXT NOT NULL,"
                + " PRIMARY KEY (position, number)) WITHOUT ROWID")
        trigger = SchemaObject(
            "TRIGGER", "\(name) delete",
            "CREATE TRIGGER \(FieldSQL.identifier("\(name) delete")) AFTER DELETE ON \(FieldSQL.identifier(collection))"
                + " BEGIN DELETE FROM \(table) WHERE position = OLD.position; END")
    }
}

/// How a document's growing array stands.
struct GrowthState: Sendable, Hashable {
    /// Where elements go in the document's text; nil if it has no such array.
    var at: Int?
    /// Bytes of the elements, with the commas.
    var bytes = 0
    /// How many elements were left out.
    var left = 0
    /// How many rows there are, without the marker's.
    var rows = 0

    var hasRows: Bool { rows > 0 || left > 0 }

    var values: [SQLValue] {
        [at.map { .integer(Int64($0)) } ?? .null] + [bytes, left, rows].map { .integer(Int64($0)) }
    }
}

/// A document taken apart for being kept: its text with an empty array, and the elements.
struct SplitDocument {
    var document: [UInt8]
    var state = GrowthState()
    /// The elements' text, with commas between them, without the marker.
    var elements: ArraySlice<UInt8> = []
    var marker: ArraySlice<UInt8>?

    init(whole document: [UInt8]) {
        self.document = document
    }

    /// - Parameter range: where its growing array stands, if it has one.
    init(_ document: [UInt8], growing range: Range<Int>?, _ spec: GrowingArray) throws {
        self.document = document
        guard let range, document[range.lowerBound] == UInt8(ascii: "[") else { return }
        state.at = range.lowerBound + 1
        var elements: [Range<Int>] = []
        try document[range].withUnsafeBufferPointer { text in
            var scanner = JSONScanner(text)
            try scanner.elements { scanner in
                let start = range.lowerBound + scanner.index
                try scanner.skipValue()
                elements.append(start..<(range.lowerBound + scanner.index))
            }
        }
        guard let first = elements.first, let last = elements.last else { return }
        if let count = spec.marker.count(in: try JSON(parsing: Array(document[last]))) {
            state.left = count
            marker = document[last]
            elements.removeLast()
        }
        if let last = elements.last {
            self.elements = document[first.lowerBound..<last.upperBound]
            state.bytes = self.elements.count + 1
            state.rows = 1
        }
        self.document = document.replacing((range.lowerBound + 1)..<(range.upperBound - 1), by: [])
    }
}

extension GrowthState {
    /// Takes in what is added.
    /// - Returns: the text of those for which there is room, with commas between them; and the marker, if there is one
    ///   from now on.
    mutating func grow(by additions: [Growth], _ spec: GrowingArray) -> (elements: [UInt8], marker: [UInt8]?) {
        var text: [UInt8] = []
        for addition in additions {
            var element = addition.element.bytes
            let room =
                switch addition.right {
                case .ordinary: left == 0 ? spec.maximum : 0
                case .reserve: spec.maximum + spec.reserve
                case .always: Int.max
                }
            if bytes + element.count + 1 > room {
                guard let otherwise = addition.otherwise else {
                    left += 1
                    continue
                }
                element = otherwise.bytes
            }
            if !text.isEmpty { text.append(UInt8(ascii: ",")) }
            text += element
            bytes += element.count + 1
        }
        if !text.isEmpty { rows += 1 }
        guard left > 0, let newest = additions.last?.element else { return (text, nil) }
        return (text, spec.marker.element(leftOut: left, newest: newest).bytes)
    }
}
