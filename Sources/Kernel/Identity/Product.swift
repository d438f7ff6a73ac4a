/// What a program is called and what it is for. Everything that shows a service's name to somebody takes it from here:
/// a kernel that several services are built on has none of its own.
///
/// From a name such as `our-service` follow the prefix of environment variables (`OUR_SERVICE_HTTP__PORT`), of metrics
/// (`our_service_http_requests_total`) and of request ids (`our-service-<uuid>`), the title of the OpenAPI description,
/// the default database (`sqlite:./data/our-service.db`), and the name of the manual page and of shell completions.
public struct Product: Sendable, Hashable {
    /// Lower-case words with hyphens between them, which is also what the program's file is called.
    public let name: String
    /// What it is, as a phrase without a full stop: `The register of a library's books`. For the OpenAPI description.
    public let summary: String
    /// Such as `1.4.0`.
    public let version: String
    /// When that version was made, `2026-11-24`; empty if nobody says. For the manual page.
    public let releaseDate: String
    /// What environment variables that set keys of the configuration begin with, without the underscore behind it.
    public let environmentPrefix: String
    /// The database on a server that is shared, where the URL names none.
    public let databaseName: String
    /// The words that texts for people need.
    public let words: Words

    /// How texts for people speak of the product.
    public struct Words: Sendable, Hashable {
        /// What it does: `keeps the register of a library's books`; by default the product's summary.
        public var task: String
        /// One of what it keeps, such as `book`.
        public var item: String
        /// What those do who reach it, for warnings about who could: `borrow books`.
        public var use: String
        /// More about it, a paragraph each, for the manual page.
        public var manual: [String]

        /// - Parameters:
        ///   - task: what the product does; by default its summary.
        ///   - item: one of what it keeps.
        ///   - use: what those do who reach it.
        ///   - manual: paragraphs for the manual page.
        public init(task: String = "", item: String = "document", use: String = "use it", manual: [String] = []) {
            self.task = task
            self.item = item
            self.use = use
            self.manual = manual
        }
    }

    /// - Parameters:
    ///   - name: lower-case letters, digits and single hyphens, beginning with a letter; see `problem`.
    ///   - summary: what it is, without a full stop.
    ///   - version: of the program.
    ///   - releaseDate: when that was made.
    ///   - environmentPrefix: by default the name in capitals, `OUR_SERVICE`.
    ///   - databaseName: by default the name.
    ///   - words: how texts for people speak of it.
    public init(
        name: String, summary: String, version: String = "0.1.0", releaseDate: String = "",
        environmentPrefix: String? = nil, databaseName: String? = nil, words: Words = Words()
    ) {
        self.name = name
        self.summary = summary
        self.version = version
        self.releaseDate = releaseDate
        self.environmentPrefix = environmentPrefix ?? Self.underscored(name).uppercased()
        self.databaseName = databaseName ?? name
        var words = words
        if words.task.isEmpty { words.task = summary.prefix(1).lowercased() + summary.dropFirst() }
        self.words = words
    }
}

extension Product {
    /// For what is nobody's, such as a configuration that is read without a program.
    public static let unnamed = Product(name: "service", summary: "A service")

    /// What the names of metrics begin with: `our_service_`.
    public var metricPrefix: String { Self.underscored(name) + "_" }
    /// What the ids begin with that requests without one are given: `our-service-`.
    public var requestIDPrefix: String { name + "-" }
    /// The database of a service that is told none, beside the program: `data/our-service.db`.
    public var databaseFile: String { "data/\(name).db" }
    /// A database's file as examples call it: `books.db`.
    public var exampleFile: String { "\(words.item)s.db" }

    /// What is wrong with the names, so that something which is made from them could not be; nil if nothing is.
    public var problem: BootIssue? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
        }
        if !isPlain || name.utf8.first.map({ $0 < 0x61 }) != false || name.utf8.count > 63 {
            return BootIssue(
                .configuration, "the program's own name is '\(name)'",
                remedy:
                    "call the Product by at most 63 lower-case letters, digits and single hyphens, such as our-service")
        }
        let isUsable = environmentPrefix.utf8.allSatisfy {
            (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
        }
        if !isUsable || environmentPrefix.isEmpty || environmentPrefix.hasSuffix("_")
            || environmentPrefix.contains("__")
        {
            return BootIssue(
                .configuration, "the program's environment prefix is '\(environmentPrefix)'",
                remedy: "give the Product one of capitals, digits and single underscores, such as OUR_SERVICE")
        }
        return nil
    }

    private static func underscored(_ name: String) -> String { name.replacing("-", with: "_") }
}
