/// A value of the configuration as it was written, and where: a scalar, a list or a mapping of further values.
///
/// Scalars are kept as text. What they mean is decided by the key that is read, so that a commit id `0123456` stays
/// what it is and a quoted `"8000"` can be told from `8000`.
struct ConfigurationTree: Sendable {
    enum Content: Sendable {
        case scalar(String, Style)
        case list([ConfigurationTree])
        case mapping([Member])
        /// Nothing after the colon, `~` or `null`.
        case null
    }

    enum Style: Sendable, Hashable {
        /// Written without quotes in the file.
        case plain
        /// Written with quotes in the file, or as a block of text: text and nothing else.
        case quoted
        /// Text that knows no types: an environment variable, or what `${NAME}` expanded to.
        case external
    }

    struct Member: Sendable {
        let key: String
        let origin: ConfigurationOrigin
        let value: ConfigurationTree
    }

    let content: Content
    let origin: ConfigurationOrigin
    /// What stood in the file, where expansion changed it.
    var written: String?

    init(_ content: Content, _ origin: ConfigurationOrigin, written: String? = nil) {
        self.content = content
        self.origin = origin
        self.written = written
    }

    /// The members of a mapping; none for other content.
    var members: [Member] {
        if case .mapping(let members) = content { members } else { [] }
    }

    /// What kind of content it is, for messages.
    var kind: String {
        switch content {
        case .scalar: "a single value"
        case .list: "a list"
        case .mapping: "a section"
        case .null: "nothing"
        }
    }

    subscript(key: String) -> ConfigurationTree? {
        members.first { $0.key.isExactly(key) }?.value
    }

    /// The value at a dotted path; nil where a part of the path is not there or no mapping.
    func value(at path: String) -> ConfigurationTree? {
        path.split(separator: ".").reduce(self as ConfigurationTree?) { $0?[String($1)] }
    }
}
