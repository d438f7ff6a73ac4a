import Kernel

/// The command line: `job-service [COMMAND] [OPTIONS]`.
struct Arguments {
    enum Command: String, CaseIterable {
        case serve, check, routes, openapi, copy, version, help
    }

    /// What is wrong with a command line.
    struct Mistake: Error {
        let message: String
    }

    var command = Command.serve
    /// The file that `--config` names; nil for the default one, which need not be there.
    var configurationFile: String?
    /// `check --connect`
    var connects = false
    /// `copy --from URL --to URL`
    var source: String?
    var target: String?
    /// `routes --json`
    var wantsJSON = false

    init(_ words: ArraySlice<String>) throws(Mistake) {
        var words = words
        if let first = words.first, let command = Command(rawValue: first) {
            self.command = command
            words.removeFirst()
        }
        while let word = words.popFirst() {
            switch word {
            case "--help", "-h": command = .help
            case "--version" where command == .serve: command = .version
            case "--config":
                guard let file = words.popFirst() else { throw Mistake(message: "--config needs the name of a file") }
                configurationFile = file
            case _ where word.hasPrefix("--config="): configurationFile = String(word.dropFirst("--config=".count))
            case "--from" where command == .copy: source = try Self.url(behind: word, &words)
            case "--to" where command == .copy: target = try Self.url(behind: word, &words)
            case "--connect" where command == .check: connects = true
            case "--json" where command == .routes: wantsJSON = true
            default: throw Mistake(message: "unknown argument '\(word)'")
            }
        }
        if command == .copy, source == nil || target == nil || source == target {
            throw Mistake(message: "copy needs --from URL and --to URL, two different ones")
        }
    }

    private static func url(behind option: String, _ words: inout ArraySlice<String>) throws(Mistake) -> String {
        guard let url = words.popFirst() else { throw Mistake(message: "\(option) needs a URL") }
        return url
    }

    /// The configuration that these arguments and the environment name.
    func configuration(environment: [String: String] = Configuration.processEnvironment) -> Configuration {
        if let configurationFile {
            return .load(file: configurationFile, fileIsRequired: true, environment: environment)
        }
        return .load(environment: environment)
    }

    /// The service of that configuration, for commands that do not run it.
    func assembly(
        environment: [String: String] = Configuration.processEnvironment
    ) throws(BootFailure) -> Assembly {
        let configuration = configuration(environment: environment)
        _ = LoggingConfiguration(reading: configuration.root.section("logging", "The log"))
        return try Catalogue.assemble(configuration, log: Logger("job-service", sink: ErrorSink()))
    }

    static let usage = """
        usage: job-service [COMMAND] [--config FILE]

        commands:
          serve       run the service (the default)
          check       print the effective configuration and everything that is wrong with it;
                      with --connect, also open the storage
          routes      list what this configuration serves; with --json, as JSON
          openapi     print the OpenAPI description of what this configuration serves
          copy        copy all documents from one database to another and compare them:
                      --from URL --to URL; nothing else may write to them meanwhile
          version     print the version
          help        print this text

        options:
          --config FILE   the configuration file; by default ./config.yaml, if it is there
          --help          print this text

        exit codes: 0 success, 1 a port, path or server is not usable, 64 wrong arguments,
        78 wrong configuration
        """
}
