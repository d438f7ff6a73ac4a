/// What a program is: what it is called, and what is linked into it. The library Host runs it.
public struct Program: Sendable {
    public let product: Product
    /// The order decides ties of the modules' order, and the order of their commands.
    public let modules: [any Module.Type]
    /// The first of them is the one of the default database.
    public let drivers: [any StorageDriver.Type]
    /// What the command `copy` reads, beside what the drivers read.
    public let copySources: [CopySource]
    /// The commit that it was built from, if that is known.
    public let commit: String?

    /// - Parameters:
    ///   - product: what it is called, and what for.
    ///   - modules: the feature areas; the configuration decides which of them run.
    ///   - drivers: the storage engines; the configuration chooses one.
    ///   - copySources: what `copy` reads, beside what the drivers read.
    ///   - commit: that it was built from.
    public init(
        _ product: Product, modules: [any Module.Type], drivers: [any StorageDriver.Type],
        copySources: [CopySource] = [], commit: String? = nil
    ) {
        self.product = product
        self.modules = modules
        self.drivers = drivers
        self.copySources = copySources
        self.commit = commit
    }

    /// The service of a configuration.
    /// - Parameters:
    ///   - configuration: of this product.
    ///   - drivers: which of them `storage.url` may name; by default those of the program.
    ///   - socket: what to listen on instead of `http.host` and `http.port`.
    ///   - log: where its parts log.
    /// - Throws: everything that keeps it from starting.
    public func assemble(
        _ configuration: Configuration, drivers: [any StorageDriver.Type]? = nil, socket: InheritedSocket? = nil,
        log: Logger
    ) throws(BootFailure) -> Assembly {
        try Assembly(
            modules: modules, drivers: drivers ?? self.drivers, commit: commit, configuration: configuration,
            socket: socket, commandExample: ownCommands.first?.words.first, log: log)
    }

    private static func commands(of type: Any.Type, _ product: Product) -> [Command] {
        (type as? any CommandProvider.Type)?.commands(of: product) ?? []
    }

    /// What modules and drivers bring, in the order in which the help lists it.
    public var ownCommands: [Command] {
        modules.flatMap { module in
            Self.commands(of: module, product).map { command in
                var command = command
                command.module = module.manifest.id
                return command
            }
        } + drivers.flatMap { Self.commands(of: $0, product) }
    }
}

/// A module, or a storage driver, that an operator can do something with on the command line.
public protocol CommandProvider {
    /// See `Command`; most use a `ServiceDoor`.
    /// - Parameter product: whose they are, for examples.
    static func commands(of product: Product) -> [Command]
}

/// Something that `copy` can read though no service can run on it, such as the database of a predecessor.
public struct CopySource: Sendable {
    public let driver: any StorageDriver.Type
    /// A paragraph for the help of `copy`.
    public let description: String
    /// A source's URL for an example.
    public let exampleURL: String
    /// What the example does: `take over the old database`.
    public let explanation: String

    /// - Parameters:
    ///   - driver: opens it, by `openSource`.
    ///   - description: a paragraph for the help of `copy`.
    ///   - exampleURL: of a source, for an example.
    ///   - explanation: what the example does.
    public init(_ driver: any StorageDriver.Type, description: String, exampleURL: String, explanation: String) {
        self.driver = driver
        self.description = description
        self.exampleURL = exampleURL
        self.explanation = explanation
    }
}
