import Glibc

/// Reading fields out of a validated head: every line is `name:`, a value between optional blanks, CRLF.
extension ReceivedHead {
    var fields: [Headers.Field] {
        var fields: [Headers.Field] = []
        forEachField { name, value in
            fields.append(
                Headers.Field(
                    name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
            return true
        }
        return fields
    }

    /// The first value of the field called `name`, without making strings of the others.
    func firstValue(of wanted: String) -> String? {
        var wanted = wanted
        return wanted.withUTF8 { wanted in
            var found: String?
            forEachField { name, value in
                guard Self.equal(name, wanted) else { return true }
                found = String(decoding: value, as: UTF8.self)
                return false
            }
            return found
        }
    }

    /// Calls `body` with each field's name and value until it returns false.
    private func forEachField(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool) {
        bytes.withUnsafeBufferPointer { bytes in
            var start = Int(fieldsStart)
            while start < bytes.count, bytes[start] != carriageReturn {
                guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")),
                    let end = bytes[colon...].firstIndex(of: carriageReturn)
                else { return }
                var valueStart = colon + 1
                var valueEnd = end
                while valueStart < valueEnd, Grammar.isBlank(bytes[valueStart]) { valueStart += 1 }
                while valueEnd > valueStart, Grammar.isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
                let goesOn = body(
                    UnsafeBufferPointer(rebasing: bytes[start..<colon]),
                    UnsafeBufferPointer(rebasing: bytes[valueStart..<valueEnd]))
                if !goesOn { return }
                start = end + 2
            }
        }
    }

    private static func equal(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 | 0x20 && (0x61...0x7a).contains($0 | 0x20)) }
    }
}
