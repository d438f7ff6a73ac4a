/// A document as it is kept: its place in the order of entry and its JSON text.
public struct Document: Sendable, Hashable {
    public let position: Position
    public let bytes: [UInt8]

    public init(position: Position, bytes: [UInt8]) {
        self.position = position
        self.bytes = bytes
    }

    public init(position: Position, bytes: Span<UInt8>) {
        self.init(position: position, bytes: bytes.withUnsafeBufferPointer { Array($0) })
    }

    /// The document decoded. Stored text that is not JSON is `StoreError.corrupt`.
    public func json() throws -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw StoreError.corrupt("a stored document is not valid JSON: \(error)")
        }
    }
}

/// A document's place in the order in which documents entered their collection: 128 bits that only a driver can
/// make sense of (a row number, an ObjectId).
public struct Position: Sendable, Hashable, Comparable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64 = 0, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static func < (a: Position, b: Position) -> Bool {
        (a.high, a.low) < (b.high, b.low)
    }
}
