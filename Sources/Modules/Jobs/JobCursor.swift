import Kernel

/// The place where a page of jobs ended: which collection (0 for jobs in progress, 1 for completed ones), and where
/// in it. Opaque to clients.
struct JobCursor: Sendable, Hashable, LosslessStringConvertible {
    let place: DocumentListReader.Place

    init(_ place: DocumentListReader.Place) {
        self.place = place
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let part = Int(parts[0]), (0...1).contains(part),
            let high = UInt64(parts[1], radix: 16), let low = UInt64(parts[2], radix: 16)
        else { return nil }
        place = DocumentListReader.Place(part: part, position: Position(high: high, low: low))
        guard description == text else { return nil }
    }

    var description: String {
        "\(place.part)-\(String(place.position.high, radix: 16))-\(String(place.position.low, radix: 16))"
    }
}
