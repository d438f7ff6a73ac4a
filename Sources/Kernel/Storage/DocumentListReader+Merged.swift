// A list that merges its parts by instants.
extension DocumentListReader {
    mutating func skipMerged(to place: Place) {
        for part in rests.indices {
            rests[part]?.afterValue = place.instant.map { .string($0.description) } ?? .null
            // Of those with the same instant, the parts before come before it and the parts behind it come behind it.
            rests[part]?.after =
                part == place.part
                ? place.position : part < place.part ? Position(low: 0) : Position(high: .max, low: .max)
        }
    }

    /// - Returns: whether the step is full before all is read.
    mutating func readMerged(in transaction: any ReadTransaction, _ bytes: inout [UInt8]) throws -> Bool {
        var merge = Merge(reader: self, bytes: bytes, nexts: rests.map { $0 == nil ? .none : .unknown })
        try merge.read(in: transaction, 0, until: nil)
        (self, bytes) = (merge.reader, merge.bytes)
        return merge.isFull
    }
}

/// Reads one part, and whenever the other ones have later documents, these first.
private struct Merge {
    /// What is known of the next document of a part.
    enum Next {
        case unknown, none
        case at(Timestamp?)
    }

    var reader: DocumentListReader
    var bytes: [UInt8]
    var nexts: [Next]
    var isFull = false
    private var hasEnded = false

    init(reader: DocumentListReader, bytes: [UInt8], nexts: [Next]) {
        self.reader = reader
        self.bytes = bytes
        self.nexts = nexts
    }

    /// Shows the documents of `part` and of those behind it that are later than `bound`; all if that is nil.
    mutating func read(in transaction: any ReadTransaction, _ part: Int, until bound: Timestamp??) throws {
        guard reader.parts.indices.contains(part) else { return }
        if let query = reader.rests[part] {
            var merge = self
            var isAtEnd = true
            try transaction.find(in: reader.parts[part].collection, query) { position, document in
                let instant = try merge.instant(of: document)
                if let bound, !instant.isLater(than: bound) {
                    merge.nexts[part] = .at(instant)
                    isAtEnd = false
                    return .stop
                }
                if merge.hasLater(than: instant, behind: part) {
                    try merge.read(in: transaction, part + 1, until: .some(instant))
                }
                if try merge.isFull || merge.hasEnded || !merge.show(document, part, position, instant) {
                    isAtEnd = false
                    return .stop
                }
                return .next
            }
            self = merge
            if isAtEnd {
                reader.rests[part] = nil
                nexts[part] = .none
            } else if isFull || hasEnded || bound != nil {
                return
            }
        }
        try read(in: transaction, part + 1, until: bound)
    }

    private func hasLater(than instant: Timestamp?, behind part: Int) -> Bool {
        nexts[(part + 1)...].contains { next in
            switch next {
            case .unknown: true
            case .none: false
            case .at(let other): other.isLater(than: instant)
            }
        }
    }

    /// - Returns: whether another one may be shown in this step.
    private mutating func show(
        _ document: Span<UInt8>, _ part: Int, _ position: Position, _ instant: Timestamp?
    ) throws -> Bool {
        let place = DocumentListReader.Place(part: part, position: position, instant: instant)
        guard try reader.show(document, at: place, &bytes) else {
            hasEnded = true
            return false
        }
        reader.rests[part]?.after = position
        reader.rests[part]?.afterValue = instant.map { .string($0.description) } ?? .null
        isFull = bytes.count >= DocumentListReader.stepBytes
        return !isFull
    }

    private func instant(of document: Span<UInt8>) throws -> Timestamp? {
        guard let field = reader.merged else { return nil }
        let json = try Document(position: Position(low: 0), bytes: document).json()
        return field.steps.reduce(json) { $0[String($1.name)] ?? .null }.string.flatMap { Timestamp($0) }
    }
}

extension Timestamp? {
    /// Whether it comes before another in a list with the latest first, which those without an instant end.
    fileprivate func isLater(than other: Timestamp?) -> Bool {
        guard let self else { return false }
        return other.map { self > $0 } ?? true
    }
}
