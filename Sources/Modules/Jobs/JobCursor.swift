import Kernel

/// The place where a page of jobs ended: which collection (0 for jobs in progress, 1 for completed ones), where in it,
/// and in a list with the newest first when the job was created. Opaque to clients.
struct JobCursor: Sendable, Hashable, LosslessStringConvertible {
    let place: DocumentListReader.Place
    let order: JobQuery.Order

    init(_ place: DocumentListReader.Place, _ order: JobQuery.Order) {
        self.place = place
        self.order = order
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), let part = Int(parts[0]), (0...1).contains(part),
            let high = UInt64(parts[1], radix: 16), let low = UInt64(parts[2], radix: 16)
        else { return nil }
        order = parts.count == 4 ? .newest : .entry
        let instant = parts.count == 4 ? UInt64(parts[3], radix: 16).map(Int64.init(bitPattern:)) : nil
        place = DocumentListReader.Place(
            part: part, position: Position(high: high, low: low),
            instant: instant.map(Timestamp.init(microseconds:)))
        guard description == text else { return nil }
    }

    var description: String {
        let position =
            "\(place.part)-\(String(place.position.high, radix: 16))-\(String(place.position.low, radix: 16))"
        guard order == .newest else { return position }
        let instant = place.instant.map { String(UInt64(bitPattern: $0.microseconds), radix: 16) }
        return "\(position)-\(instant ?? "none")"
    }
}
