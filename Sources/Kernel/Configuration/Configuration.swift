/// The configuration while the service boots: what the file, its overlay, the secrets file and the environment say,
/// and what the code that reads it has declared.
///
/// Strongest first, a key's value comes from its `OUR_SERVICE_…` variable, the README's variable for it, the secrets
/// file (optional texts and secrets only), the overlay `stacks.<STACK>`, the file, the default in code. Problems never
/// stop the reading: they are collected. Once everything has been read, `finish()` adds the keys and variables that
/// nobody knows.
public final class Configuration: CustomReflectable {
    /// Everything that keeps the service from starting, found so far, each thing once.
    public private(set) var problems: [BootIssue] = []
    /// What an operator should know of, though the service starts.
    public private(set) var warnings: [BootIssue] = []
    /// The keys that were read, in the order of their first reading.
    public private(set) var keys: [ConfigurationKey] = []
    /// `service.…`, which is read first, since it chooses the overlay and the secrets file.
    public private(set) var service = ServiceConfiguration()
    /// Whether there was a file to read.
    public private(set) var isFromFile = false

    /// Whose configuration this is.
    public let product: Product
    let environment: EnvironmentSource
    private(set) var file: ConfigurationTree
    private(set) var overlay: ConfigurationTree?
    private(set) var secrets: SecretsFile?
    private(set) var sections: [(path: String, help: String)] = []
    /// Paths below which anything may stand.
    private(set) var unchecked: Set<ExactText> = []
    private var places: [ExactText: Int] = [:]
    /// Where all of it was said, if it is one object of a list.
    private var place: ConfigurationOrigin?
    private var reported: Set<BootIssue> = []

    public var root: ConfigurationSection { ConfigurationSection(path: "", of: self, isActive: true) }

    /// Only the outcome: everything else could hold secrets.
    public var customMirror: Mirror { Mirror(self, children: ["problems": problems, "warnings": warnings]) }

    /// Reads a configuration out of text, for tests and previews.
    /// - Parameters:
    ///   - product: whose it is.
    ///   - yaml: the text.
    ///   - name: what origins call it.
    ///   - environment: the variables, and no others.
    public convenience init(
        of product: Product, yaml: String = "", name: String = "config.yaml", environment: [String: String] = [:]
    ) {
        let source = YAMLSource(Array(yaml.utf8), path: name)
        self.init(of: product, tree: source.tree, problems: source.problems, environment: environment)
    }

    init(of product: Product, tree: ConfigurationTree, problems: [BootIssue], environment: [String: String]) {
        self.product = product
        self.environment = EnvironmentSource(variables: environment, of: product)
        file = tree
        problems.forEach(report)
        let section = root.section("service", "What this instance is called")
        service.readStack(section)
        let stacks = file["stacks"]
        overlay = stacks?[service.stack]
        if overlay == nil, let names = stacks?.members.map(\.key), !names.isEmpty { warnOfStack(without: names) }
        service.readRest(section)
        readSecretsFile()
    }

    /// One object of a list, as a configuration of its own in which it stands at the path that it has in `whole`.
    init(of element: ConfigurationTree, at path: String, in whole: Configuration) {
        product = whole.product
        environment = whole.environment
        place = element.origin
        let names = path.split(separator: ".").map(String.init)
        file = names.reversed().reduce(element) { tree, name in
            ConfigurationTree(.mapping([.init(key: name, origin: element.origin, value: tree)]), element.origin)
        }
        sections = names.indices.map { (path: names[...$0].joined(separator: "."), help: "") }
    }

    /// Reads the configuration of a process.
    /// - Parameters:
    ///   - product: whose it is.
    ///   - path: the file; nil for none.
    ///   - fileIsRequired: whether it is a problem if the file does not exist; true if its name was given.
    ///   - environment: by default this process's.
    public static func load(
        of product: Product, file path: String? = "config.yaml", fileIsRequired: Bool = false,
        environment: [String: String] = Configuration.processEnvironment
    ) -> Configuration {
        guard let path else { return Configuration(of: product, environment: environment) }
        do throws(ConfigurationFile.Failure) {
            let source = YAMLSource(try ConfigurationFile(reading: path, label: "configuration file").bytes, path: path)
            let configuration = Configuration(
                of: product, tree: source.tree, problems: source.problems, environment: environment)
            configuration.isFromFile = true
            return configuration
        } catch {
            let configuration = Configuration(of: product, name: path, environment: environment)
            if fileIsRequired || !error.isMissing {
                configuration.report(BootIssue(.configuration, error.what, remedy: error.remedy))
            }
            return configuration
        }
    }

    /// The environment variables of this process.
    public static var processEnvironment: [String: String] { EnvironmentSource.ofThisProcess }

    /// Whoever names a stack most likely counts on its overlay. One that names none gets what is above the overlays.
    private func warnOfStack(without overlays: [String]) {
        guard let origin = origin(of: "service.stack") else { return }
        let nearest = Spelling.nearest(to: service.stack, among: overlays)
        warnings.append(
            BootIssue(
                .configuration,
                "the stack \(Redaction.quoted(service.stack)) has no overlay (there are \(overlays.joined(separator: ", ")))",
                origin: origin.description,
                remedy: nearest.map { "did you mean \"\($0)\"?" }
                    ?? "name one of them, or write '\(service.stack): {}' below 'stacks:' if nothing is different on it"
            ))
    }

    private func readSecretsFile() {
        guard let path = service.secretsFile else { return }
        let reading = SecretsFile.read(path, origin: origin(of: "service.secretsFile")?.description)
        secrets = reading.file
        reading.problems.forEach(report)
        warnings += reading.warnings
    }

    // MARK: What sections record

    func report(_ issue: BootIssue) {
        if reported.insert(issue).inserted { problems.append(issue) }
    }

    func declareSection(_ path: String, _ help: String) {
        if let index = sections.firstIndex(where: { $0.path == path }) {
            if sections[index].help.isEmpty { sections[index].help = help }
        } else {
            sections.append((path, help))
        }
    }

    func declareUnchecked(_ path: String) {
        unchecked.insert(ExactText(path))
    }

    /// A key that is read again keeps its place; the later reading describes it.
    func declare(_ key: ConfigurationKey) {
        if let place = places[ExactText(key.path)] {
            keys[place] = key
        } else {
            places[ExactText(key.path)] = keys.count
            keys.append(key)
        }
    }

    func isDeclared(_ path: String) -> Bool { places[ExactText(path)] != nil }

    /// Where the value in force of a key was said; nil for a default and for a key that was not read.
    func origin(of path: String) -> ConfigurationOrigin? {
        guard let place = places[ExactText(path)], keys[place].origin != .builtIn else { return self.place }
        return keys[place].origin
    }
}
