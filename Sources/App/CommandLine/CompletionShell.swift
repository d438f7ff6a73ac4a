/// The shells that `job-service completion` knows.
enum CompletionShell: String, CaseIterable {
    case bash, zsh, fish

    static var names: [String] { allCases.map(\.rawValue) }

    var script: String {
        switch self {
        case .bash: BashCompletion.script
        case .zsh: ZshCompletion.script
        case .fish: FishCompletion.script
        }
    }
}

/// What the scripts have in common.
enum CompletionWords {
    /// What may stand at the beginning: commands of one word, and the first words of the others, each once.
    static var first: [(word: String, summary: String)] {
        var words: [(String, String)] = []
        for command in CommandTable.commands where !words.contains(where: { $0.0 == command.words[0] }) {
            let group = second(behind: command.words[0])
            let summary = group.isEmpty ? command.summary : group.map(\.word).joined(separator: ", ")
            words.append((command.words[0], summary))
        }
        return words
    }

    /// What may stand behind the first word of a group.
    static func second(behind first: String) -> [(word: String, summary: String)] {
        CommandTable.commands.filter { $0.words.count > 1 && $0.words[0] == first }.map { ($0.words[1], $0.summary) }
    }

    static var groups: [String] { first.map(\.word).filter { !second(behind: $0).isEmpty } }

    /// A text in single quotes for a shell.
    static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
