import Kernel

extension Arguments {
    /// What is wrong with a command line.
    struct Mistake: Error {
        let message: String
        /// The command that was meant, if so much is known.
        var command: Command?
    }

    /// Understands a command line: `[COMMAND] [OPTIONS] [OPERANDS]`, in which `--name=VALUE` is the same as
    /// `--name VALUE`, and `--` ends the options. `--help` asks for the help of the command that it stands with.
    /// - Parameters:
    ///   - words: without the program's own name.
    ///   - table: what may be meant.
    init(_ words: some Sequence<String>, _ table: CommandTable) throws(Mistake) {
        var words = Array(words)[...]
        let isHelp = words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
        if words == ["--version"] { words = ["version"] }
        var leading: [String] = []
        while let word = words.first, word.hasPrefix("-"), word != "--" {
            leading.append(words.removeFirst())
            if word == "--config", let file = words.popFirst() { leading.append(file) }
        }
        if isHelp {
            self = try Self.help(for: words.prefix { !$0.hasPrefix("-") }, table)
            return
        }
        let command = try Self.command(&words, table)
        self.init(command, of: table.program)
        try read(leading + words)
        try checkAll()
    }

    /// `help COMMAND`, however it was asked for.
    private static func help(
        for words: some Sequence<String>, _ table: CommandTable
    ) throws(Mistake) -> Arguments {
        guard let help = table.commands.first(where: { $0.name == "help" }) else {
            throw Mistake(message: "there is no help")
        }
        var arguments = Arguments(help, of: table.program)
        // Operands may stand between the command and --help: what counts are the words that name a command or a group.
        var name: [String] = []
        let words = Array(words)
        for word in words.count > 1 && words[0] == "help" ? words.dropFirst() : words[...] {
            let longer = (name + [word]).joined(separator: " ")
            guard table.commands.contains(where: { $0.name == longer || $0.name.hasPrefix(longer + " ") }) else {
                if name.isEmpty { throw unknown(longer, table) }
                break
            }
            name.append(word)
        }
        arguments.operands = name.isEmpty ? [] : [name.joined(separator: " ")]
        return arguments
    }

    /// Takes the words of a command off the front; `serve` if there are none.
    private static func command(
        _ words: inout ArraySlice<String>, _ table: CommandTable
    ) throws(Mistake) -> Command {
        guard let first = words.first, !first.hasPrefix("-") else {
            guard let serve = table.commands.first else { throw Mistake(message: "there are no commands") }
            return serve
        }
        words.removeFirst()
        if let command = table.commands.first(where: { $0.name == first }) { return command }
        let group = table.commands.filter { $0.words.count > 1 && $0.words[0] == first }
        guard !group.isEmpty else { throw unknown(first, table) }
        let choices = group.map { $0.words[1] }
        guard let second = words.first, !second.hasPrefix("-") else {
            throw Mistake(message: "'\(first)' needs one of \(choices.joined(separator: ", ")) behind it")
        }
        guard let command = group.first(where: { $0.words[1] == second }) else {
            throw Mistake(
                message: "unknown command '\(first) \(second)'; '\(first)' has \(choices.joined(separator: ", "))"
                    + Spelling.hint(for: second, among: choices))
        }
        words.removeFirst()
        return command
    }

    private static func unknown(_ word: String, _ table: CommandTable) -> Mistake {
        Mistake(
            message: "unknown command '\(word)'" + Spelling.hint(for: word, among: table.commands.map { $0.words[0] }))
    }

    private mutating func read(_ all: [String]) throws(Mistake) {
        var words = all[...]
        while let word = words.popFirst() {
            if word == "--" {
                operands += words
                break
            }
            if word.hasPrefix("-"), word != "-" {
                try readOption(word, &words)
            } else {
                operands.append(word)
            }
        }
    }

    private mutating func readOption(_ word: String, _ words: inout ArraySlice<String>) throws(Mistake) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = command.option(parts[0]) else {
            let names = command.options.map(\.name) + ["--help"]
            throw mistake("unknown option '\(parts[0])'" + Spelling.hint(for: parts[0], among: names))
        }
        guard values[option.name] == nil, !flags.contains(option.name) else {
            throw mistake("\(option.name) is given twice")
        }
        guard let placeholder = option.placeholder else {
            if parts.count > 1 { throw mistake("\(option.name) takes no value") }
            flags.insert(option.name)
            return
        }
        guard let value = parts.count > 1 ? parts[1] : words.popFirst() else {
            throw mistake("\(option.name) needs a value: \(option.name) \(placeholder)")
        }
        if let problem = option.value.problem(of: value) { throw mistake("\(option.name) \(problem)") }
        values[option.name] = value
    }

    private func checkAll() throws(Mistake) {
        for (operand, value) in zip(command.operands, operands) {
            if let problem = operand.value.problem(of: value) { throw mistake("\(operand.placeholder) \(problem)") }
        }
        if command.name != "help", operands.count > command.operands.count {
            throw mistake("unexpected argument '\(operands[command.operands.count])'")
        }
        if let missing = command.operands.dropFirst(operands.count).first(where: \.isRequired) {
            throw mistake("\(missing.placeholder) is missing: \(missing.summary)")
        }
        if let missing = command.options.first(where: { $0.isRequired && values[$0.name] == nil }) {
            throw mistake("\(missing.usage) is missing: \(missing.summary)")
        }
        if let problem = command.check(self) { throw mistake(problem) }
    }

    private func mistake(_ message: String) -> Mistake { Mistake(message: message, command: command) }
}
