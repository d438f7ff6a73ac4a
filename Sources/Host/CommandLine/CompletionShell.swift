import Kernel

/// The shells that `completion` knows.
enum CompletionShell: String, CaseIterable {
    case bash, zsh, fish

    static var names: [String] { allCases.map(\.rawValue) }

    func script(_ table: CommandTable) -> String {
        let words = CompletionWords(table: table)
        return switch self {
        case .bash: BashCompletion(words: words).script
        case .zsh: ZshCompletion(words: words).script
        case .fish: FishCompletion(words: words).script
        }
    }
}

/// What the scripts have in common.
struct CompletionWords {
    let table: CommandTable
    var product: Product { table.product }

    /// What may stand at the beginning: commands of one word, and the first words of the others, each once.
    var first: [(word: String, summary: String)] {
        var words: [(String, String)] = []
        for command in table.commands where !words.contains(where: { $0.0 == command.words[0] }) {
            let group = second(behind: command.words[0])
            let summary = group.isEmpty ? command.summary : group.map(\.word).joined(separator: ", ")
            words.append((command.words[0], summary))
        }
        return words
    }

    /// What may stand behind the first word of a group.
    func second(behind first: String) -> [(word: String, summary: String)] {
        table.commands.filter { $0.words.count > 1 && $0.words[0] == first }.map { ($0.words[1], $0.summary) }
    }

    var groups: [String] { first.map(\.word).filter { !second(behind: $0).isEmpty } }

    /// A text in single quotes for a shell.
    static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
