import Kernel

/// One command, declared once: out of it come parsing, help, errors, the manual page, shell completion and
/// docs/commands.md.
struct CommandSpec: Sendable {
    /// The words that call it: `jobs fail`.
    let name: String
    /// What it does, as the end of "job-service NAME: …".
    let summary: String
    /// More about it, a paragraph each.
    var description: [String] = []
    var operands: [Operand] = []
    var options: [CommandOption] = []
    var examples: [Example] = []
    /// What exit code 1 means here; nil where that needs no words.
    var failure: String?
    /// The module that it is a command of, if it is one's.
    var module: String?
    /// What must be true of the arguments beyond what `options` and `operands` say.
    /// - Returns: what is wrong, or nil.
    var check: @Sendable (Arguments) -> String? = { _ in nil }
    let run: @Sendable (Arguments) -> ExitCode

    /// A word that is no option: `ID`. All that are declared must be given.
    struct Operand: Sendable {
        let placeholder: String
        let summary: String
        var value = Value.text
        var isRequired = true
    }

    struct Example: Sendable {
        let command: String
        let explanation: String
    }

    /// The words of the name: `["jobs", "fail"]`.
    var words: [String] { name.split(separator: " ").map(String.init) }

    /// `job-service jobs fail ID --reason TEXT [--config FILE]`
    var synopsis: String {
        let operands = operands.map { $0.isRequired ? $0.placeholder : "[\($0.placeholder)]" }
        let options =
            options.filter(\.isRequired).map(\.usage) + options.filter { !$0.isRequired }.map { "[\($0.usage)]" }
        return (["job-service", name] + operands + options).joined(separator: " ")
    }

    func option(_ name: String) -> CommandOption? { options.first { $0.name == name } }
}

/// What may stand for an operand or behind an option.
enum Value: Sendable {
    case text
    case file
    case number(ClosedRange<Int>)
    case choice([String])

    /// What is wrong with a text, or nil.
    func problem(of text: String) -> String? {
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

/// `--name`, or `--name VALUE`.
struct CommandOption: Sendable {
    let name: String
    /// What stands for its value in the help, `FILE`; nil if it takes none.
    var placeholder: String?
    let summary: String
    var value = Value.text
    var isRequired = false

    /// `--config FILE`
    var usage: String { placeholder.map { "\(name) \($0)" } ?? name }
}
