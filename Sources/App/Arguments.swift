import Kernel

/// The command line: `job-service [COMMAND] [OPTIONS]`.
struct Arguments {
    enum Command: String, CaseIterable {
        case serve, check, routes, version, help
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
            case "--connect" where command == .check: connects = true
            case "--json" where command == .routes: wantsJSON = true
            default: throw Mistake(message: "unknown argument '\(word)'")
            }
        }
    }

    /// The configuration that these arguments and the environment name.
    func configuration() -> Configuration {
        if let configurationFile { return .load(file: configurationFile, fileIsRequired: true) }
        return .load()
    }

    static let usage = """
        usage: job-service [COMMAND] [--config FILE]

        commands:
          serve       run the service (the default)
          check       print the effective configuration and everything that is wrong with it;
                      with --connect, also open the storage
          routes      list what this configuration serves; with --json, as JSON
          version     print the version
          help        print this text

        options:
          --config FILE   the configuration file; by default ./config.yaml, if it is there
          --help          print this text

        exit codes: 0 success, 1 a port, path or server is not usable, 64 wrong arguments,
        78 wrong configuration
        """
}
