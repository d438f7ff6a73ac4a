import Kernel

/// Changes to a document, made in its text: what a change does not concern stays as it is, byte for byte.
enum DocumentEdit {
    /// - Throws: `StoreError.corrupt` if a change does not fit the document.
    static func apply(_ change: Change, to document: [UInt8]) throws -> [UInt8] {
        let names = change.path.steps.map { Array($0.name.utf8) }
        let place: Place?
        do {
            place = try document.withUnsafeBufferPointer { try self.place(of: names, in: $0) }
        } catch {
            throw StoreError.corrupt("a stored document is not valid JSON")
        }
        switch change {
        case .set(_, let value):
            return try set(value.bytes, names, place ?? misfit(change), in: document)
        case .unset:
            guard case .member(let member)? = place else { return document }
            return document.replacing(member.whole, by: [])
        case .append(_, let values):
            let place = try place ?? misfit(change)
            guard case .member(let member) = place else {
                return set(JSON.array(values).bytes, names, place, in: document)
            }
            guard document[member.value.lowerBound] == UInt8(ascii: "[") else { return try misfit(change) }
            if values.isEmpty { return document }
            let isEmpty = try JSONScanner.isEmptyArray(document[member.value])
            let end = member.value.upperBound - 1
            let elements = JSON.array(values).bytes.dropFirst().dropLast()
            return document.replacing(end..<end, by: (isEmpty ? [] : [UInt8(ascii: ",")]) + elements)
        case .grow:
            return document
        }
    }

    private static func misfit<R>(_ change: Change) throws -> R {
        throw StoreError.corrupt("a document has not the shape for the change of \(change.path)")
    }

    private static func set(_ value: [UInt8], _ names: [[UInt8]], _ place: Place, in document: [UInt8]) -> [UInt8] {
        switch place {
        case .member(let member):
            return document.replacing(member.value, by: value)
        case .missing(let depth, let end, let isEmpty):
            var text: [UInt8] = isEmpty ? [] : [UInt8(ascii: ",")]
            for (number, name) in names[depth...].enumerated() {
                if number > 0 { text.append(UInt8(ascii: "{")) }
                text += [UInt8(ascii: "\"")] + name + [UInt8(ascii: "\""), UInt8(ascii: ":")]
            }
            text += value
            text += repeatElement(UInt8(ascii: "}"), count: names.count - depth - 1)
            return document.replacing(end..<end, by: text)
        }
    }

    private struct Member {
        let value: Range<Int>
        /// The member with the comma that goes with it.
        let whole: Range<Int>
    }

    private enum Place {
        case member(Member)
        /// The object at `depth` of the path ends at `end` without such a member.
        case missing(depth: Int, end: Int, isEmpty: Bool)
    }

    /// Nil if something else than an object stands on the way.
    private static func place(of names: [[UInt8]], in text: UnsafeBufferPointer<UInt8>) throws -> Place? {
        var scanner = JSONScanner(text)
        scanner.skipBlanks()
        for (depth, wanted) in names.enumerated() {
            guard scanner.byte == UInt8(ascii: "{") else { return nil }
            var last: Int?
            var found: (value: Range<Int>, start: Int, previous: Int?)?
            try scanner.members { scanner, name in
                let start = scanner.index
                try scanner.skipValue()
                if found == nil, scanner.text[name].elementsEqual(wanted) {
                    found = (start..<scanner.index, name.lowerBound - 1, last)
                }
                last = scanner.index
            }
            guard let found else { return .missing(depth: depth, end: scanner.index - 1, isEmpty: last == nil) }
            guard depth == names.count - 1 else {
                scanner.index = found.value.lowerBound
                continue
            }
            var whole = (found.previous ?? found.start)..<found.value.upperBound
            if found.previous == nil {
                scanner.index = whole.upperBound
                scanner.skipBlanks()
                if scanner.skip(",") { whole = whole.lowerBound..<scanner.index }
            }
            return .member(Member(value: found.value, whole: whole))
        }
        return nil
    }
}

extension JSONScanner {
    static func isEmptyArray(_ text: ArraySlice<UInt8>) throws -> Bool {
        try text.withUnsafeBufferPointer { text in
            var scanner = JSONScanner(text)
            var isEmpty = true
            try scanner.elements {
                isEmpty = false
                try $0.skipValue()
            }
            return isEmpty
        }
    }
}

extension [UInt8] {
    func replacing(_ range: Range<Int>, by text: some Swift.Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count - range.count + text.count)
        result += self[..<range.lowerBound]
        result += text
        result += self[range.upperBound...]
        return result
    }
}
