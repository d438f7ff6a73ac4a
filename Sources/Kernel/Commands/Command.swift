/// One command of the program, declared once: out of it come parsing, help, errors, the manual page, shell completion
/// and the guide to commands.
public struct Command: Sendable {
    /// The words that call it, one or two: `notes list`.
    public let name: String
    /// What it does, as the end of "our-service NAME: …".
    public let summary: String
    /// More about it, a paragraph each.
    public let description: [String]
    /// The words behind the name that are no options, in their order.
    public let operands: [Operand]
    /// Those that it takes beside `--help`.
    public let options: [Option]
    /// Command lines.
    public let examples: [Example]
    /// What exit code 1 means here; nil where that needs no words.
    public let failure: String?
    /// The module that it is a command of, if it is one's.
    public internal(set) var module: String?
    /// What must be true of the arguments beyond what `options` and `operands` say.
    /// - Returns: what is wrong, or nil.
    public let check: @Sendable (Arguments) -> String?
    /// Does it, on the main thread, which it may block.
    public let run: @Sendable (Arguments) -> ExitCode

    /// - Parameters:
    ///   - name: the words that call it.
    ///   - summary: what it does, without a capital and a full stop.
    ///   - description: more about it, a paragraph each.
    ///   - operands: the words behind the name that are no options, in their order.
    ///   - options: those that it takes beside `--help`; `.config` should be one of them.
    ///   - examples: command lines.
    ///   - failure: what exit code 1 means.
    ///   - check: tells what else is wrong with arguments.
    ///   - run: does it, on the main thread, which it may block.
    public init(
        _ name: String, _ summary: String, description: [String] = [], operands: [Operand] = [], options: [Option] = [],
        examples: [Example] = [], failure: String? = nil,
        check: @escaping @Sendable (Arguments) -> String? = { _ in nil },
        run: @escaping @Sendable (Arguments) -> ExitCode
    ) {
        self.name = name
        self.summary = summary
        self.description = description
        self.operands = operands
        self.options = options
        self.examples = examples
        self.failure = failure
        self.check = check
        self.run = run
    }

    /// A command that waits for something, such as the answer of a service.
    /// - Parameters:
    ///   - check: tells what else is wrong with arguments.
    ///   - perform: does it. What it throws is printed, and decides the exit code: see `CommandFailure`.
    public init(
        _ name: String, _ summary: String, description: [String] = [], operands: [Operand] = [], options: [Option] = [],
        examples: [Example] = [], failure: String? = nil,
        check: @escaping @Sendable (Arguments) -> String? = { _ in nil },
        perform: @escaping @Sendable (Arguments) async throws -> Void
    ) {
        self.init(
            name, summary, description: description, operands: operands, options: options, examples: examples,
            failure: failure, check: check, run: { arguments in arguments.reporting { try await perform(arguments) } })
    }

    /// A word that is no option: `ID`. All that are declared must be given.
    public struct Operand: Sendable {
        /// What stands for it in the help: `ID`.
        public let placeholder: String
        public let summary: String
        public let value: Value
        public let isRequired: Bool

        /// - Parameters:
        ///   - placeholder: what stands for it in the help.
        ///   - summary: what it is, without a capital and a full stop.
        ///   - value: what it may be.
        ///   - isRequired: whether it must be given.
        public init(_ placeholder: String, _ summary: String, value: Value = .text, isRequired: Bool = true) {
            self.placeholder = placeholder
            self.summary = summary
            self.value = value
            self.isRequired = isRequired
        }
    }

    /// `--name`, or `--name VALUE`.
    public struct Option: Sendable {
        public let name: String
        /// What stands for its value in the help, `FILE`; nil if it takes none.
        public let placeholder: String?
        public let summary: String
        public let value: Value
        public let isRequired: Bool

        /// An option without a value.
        public init(_ name: String, _ summary: String) {
            self.name = name
            self.summary = summary
            placeholder = nil
            value = .text
            isRequired = false
        }

        /// An option with a value.
        /// - Parameters:
        ///   - name: with both hyphens.
        ///   - placeholder: what stands for its value in the help.
        ///   - summary: what it is, without a capital and a full stop.
        ///   - value: what may stand behind it.
        ///   - isRequired: whether it must be given.
        public init(
            _ name: String, _ placeholder: String, _ summary: String, value: Value = .text, isRequired: Bool = false
        ) {
            self.name = name
            self.placeholder = placeholder
            self.summary = summary
            self.value = value
            self.isRequired = isRequired
        }

        /// `--config FILE`
        public var usage: String { placeholder.map { "\(name) \($0)" } ?? name }

        /// Names the configuration file: for every command that reads a configuration.
        public static let config = Option(
            "--config", "FILE", "the configuration file; by default ./config.yaml, if it is there", value: .file)

        /// For commands that print something which programs may want to read.
        public static let json = Option("--json", "print JSON")
    }

    /// A command line, and what it is for.
    public struct Example: Sendable {
        public let command: String
        public let explanation: String

        /// - Parameters:
        ///   - command: with the program's name, `product.name`.
        ///   - explanation: what it is good for.
        public init(_ command: String, _ explanation: String) {
            self.command = command
            self.explanation = explanation
        }
    }

    /// What commands say that use a `ServiceDoor`.
    public static let reach =
        "Works on the storage of the configuration. If a running service holds it, that service is asked through the "
        + "control socket beside its database; otherwise the storage is opened for the moment of the command."

    /// The words of the name: `["notes", "list"]`.
    public var words: [String] { name.split(separator: " ").map(String.init) }

    /// `our-service notes list [--json] [--config FILE]`
    /// - Parameter program: its name.
    public func synopsis(of program: String) -> String {
        let operands = operands.map { $0.isRequired ? $0.placeholder : "[\($0.placeholder)]" }
        let options =
            options.filter(\.isRequired).map(\.usage) + options.filter { !$0.isRequired }.map { "[\($0.usage)]" }
        return ([program, name] + operands + options).joined(separator: " ")
    }

    /// The option of that name, `--json`; nil if there is none.
    public func option(_ name: String) -> Option? { options.first { $0.name == name } }
}

extension Command {
    /// What may stand for an operand or behind an option.
    public enum Value: Sendable {
        case text
        case file
        case number(ClosedRange<Int>)
        case choice([String])

        /// What is wrong with a text, or nil.
        public func problem(of text: String) -> String? {
            switch self {
            case .text, .file:
                return text.isEmpty ? "must not be empty" : nil
            case .number(let range):
                if let number = Int(text), range.contains(number) { return nil }
                return "must be a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
            case .choice(let choices):
                if choices.contains(text) { return nil }
                let hint = Spelling.hint(for: text, among: choices)
                return "must be one of \(choices.joined(separator: ", ")), not '\(text)'\(hint)"
            }
        }
    }
}

extension Spelling {
    /// `; did you mean 'notes'?`, or nothing.
    package static func hint(for word: String, among candidates: [String]) -> String {
        nearest(to: word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }
}
