/// The name of a dataset: `[A-Z][A-Z0-9_]*`, at most 128 characters. Such a name is safe as a part of a file name and
/// of JSON text: it has no separators, dots, quotes or bytes beyond ASCII.
struct DatasetName: Sendable, Hashable {
    static let maximumLength = 128
    static let expression = "^[A-Z][A-Z0-9_]*$"
    private static let suffix = ".tar"

    let text: String

    init?(_ text: String) {
        self.init(text.utf8)
    }

    init?(_ bytes: some Collection<UInt8>) {
        guard let first = bytes.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first),
            bytes.count <= Self.maximumLength, bytes.allSatisfy(Self.isAllowed)
        else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The name in `NAME.tar`; nil if that is no dataset's name.
    init?(ofFile name: some BidirectionalCollection<UInt8>) {
        guard Self.isTar(name) else { return nil }
        self.init(name.dropLast(Self.suffix.utf8.count))
    }

    /// Whether a file of this name is looked at at all: `*.tar`.
    static func isTar(_ name: some BidirectionalCollection<UInt8>) -> Bool {
        name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    var fileName: String { text + Self.suffix }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
