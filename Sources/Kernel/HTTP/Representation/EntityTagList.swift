/// The value of `If-Match` or `If-None-Match` (RFC 9110 section 13.1): a list of tags, or `*` for any state.
public struct EntityTagList: Sendable {
    private struct Element {
        let isWeak: Bool
        /// What is between the quotes.
        let opaque: Substring
    }

    private let elements: [Element]
    /// `*`
    private let isAny: Bool

    /// - Parameter values: those of all fields of the name. What is no tag is passed over, and equals none.
    init(_ values: [String]) {
        isAny = values.contains { $0.trimmed == "*" }
        elements = isAny ? [] : values.flatMap(Self.parse)
    }

    /// Whether one of them names this state, by the strong comparison, which `If-Match` asks for: weak ones name none. Of
    /// which content coding the tag was is no matter here, since it is the state that a write is to find.
    public func names(_ tag: EntityTag) -> Bool {
        isAny || elements.contains { !$0.isWeak && ContentCoding.allCases.contains(coding: $0.opaque, of: tag) }
    }

    /// Whether one of them is this very tag, by the weak comparison, which `If-None-Match` asks for.
    func includes(_ tag: EntityTag) -> Bool {
        isAny || elements.contains { tag.description.utf8.dropFirst().dropLast().elementsEqual($0.opaque.utf8) }
    }

    /// A comma may stand between the quotes, and white space may not.
    private static func parse(_ value: String) -> [Element] {
        var elements: [Element] = []
        var rest = Substring(value)
        while let open = rest.firstIndex(of: "\"") {
            let prefix = rest[..<open].utf8.drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
            guard let close = rest[rest.index(after: open)...].firstIndex(of: "\"") else { break }
            let isWeak = prefix.elementsEqual("W/".utf8)
            if isWeak || prefix.isEmpty {
                elements.append(Element(isWeak: isWeak, opaque: rest[rest.index(after: open)..<close]))
            }
            rest = rest[rest.index(after: close)...]
        }
        return elements
    }
}

extension [ContentCoding] {
    fileprivate func contains(coding opaque: Substring, of tag: EntityTag) -> Bool {
        var tag = tag
        return contains { coding in
            tag.coding = coding
            return tag.description.utf8.dropFirst().dropLast().elementsEqual(opaque.utf8)
        }
    }
}

extension Request {
    /// The states of which the client asks that one be found, or the request not be carried out; nil if it does not. To
    /// be looked at within the transaction that writes.
    public var ifMatch: EntityTagList? { tags("If-Match", .ifMatch) }

    var ifNoneMatch: EntityTagList? { tags("If-None-Match", .ifNoneMatch) }

    private func tags(_ name: String, _ field: HeldFields) -> EntityTagList? {
        guard headers.mayHave(field) else { return nil }
        let values = headers.values(of: name)
        return values.isEmpty ? nil : EntityTagList(values)
    }
}

extension HTTPError {
    /// 412 for a write that was to be made to another state than the present one.
    public static func preconditionFailed(_ current: EntityTag?) -> HTTPError {
        let present = current.map { ", which is \($0)" } ?? ""
        return HTTPError(
            .preconditionFailed, code: "precondition.failed",
            message: "If-Match names no entity tag of the present state\(present): read it again before you write")
    }
}

extension String {
    fileprivate var trimmed: Substring {
        var text = Substring(self)
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text.drop { $0 == " " || $0 == "\t" }
    }
}
