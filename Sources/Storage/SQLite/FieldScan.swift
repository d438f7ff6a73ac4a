import Kernel

/// Finds fields of a document in one walk through its text, which it checks by the way.
struct FieldScan: Sendable {
    /// For each field the names that lead to it, as they are written in JSON text.
    private let paths: [[[UInt8]]]

    /// - Parameter paths: at most 64, without `[]`.
    init(_ paths: [FieldPath]) throws {
        guard paths.count <= UInt64.bitWidth else { throw StoreError.misuse("more than 64 fields have an index") }
        self.paths = try paths.map { path in
            _ = try FieldSQL.jsonPath(path)
            return path.steps.map { Array($0.name.utf8) }
        }
    }

    /// - Returns: where the value of each field stands; nil for one that is not there.
    /// - Throws: `StoreError.misuse` if the text is no JSON object.
    func ranges(in document: UnsafeBufferPointer<UInt8>) throws -> [Range<Int>?] {
        var ranges = [Range<Int>?](repeating: nil, count: paths.count)
        var scanner = JSONScanner(document)
        do {
            scanner.skipBlanks()
            try object(&scanner, 0, paths.isEmpty ? 0 : .max >> UInt64(UInt64.bitWidth - paths.count), &ranges)
            try scanner.end()
        } catch {
            throw StoreError.misuse("a document to be kept is no JSON object: error near byte \(scanner.index)")
        }
        return ranges
    }

    /// - Parameter wanted: which paths lead through this object, bit by bit.
    private func object(
        _ scanner: inout JSONScanner, _ depth: Int, _ wanted: UInt64, _ ranges: inout [Range<Int>?]
    ) throws {
        try scanner.members { scanner, name in
            var (hits, inner): (UInt64, UInt64) = (0, 0)
            var rest = wanted
            while rest != 0 {
                let number = rest.trailingZeroBitCount
                rest &= rest - 1
                let steps = paths[number]
                guard steps[depth].count == name.count, scanner.text[name].elementsEqual(steps[depth]) else { continue }
                if steps.count == depth + 1 { hits |= 1 << number } else { inner |= 1 << number }
            }
            let start = scanner.index
            if inner != 0, scanner.byte == UInt8(ascii: "{") {
                try object(&scanner, depth + 1, inner, &ranges)
            } else {
                try scanner.skipValue()
            }
            while hits != 0 {
                let number = hits.trailingZeroBitCount
                hits &= hits - 1
                if ranges[number] == nil { ranges[number] = start..<scanner.index }
            }
        }
    }
}
