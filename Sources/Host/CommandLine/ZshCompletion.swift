import Kernel

/// The completion script for zsh: a function for a folder of `fpath`.
struct ZshCompletion {
    let words: CompletionWords

    private var name: String { words.product.name }
    /// What the names of its functions begin with.
    private var function: String { "_" + name.replacing("-", with: "_") }

    var script: String {
        """
        #compdef \(name)
        \(function)() {
            local command= word
            local -i index=2
            while ((index < CURRENT)); do
                word=$words[index]
                if [[ $word == --config ]]; then
                    ((index++))
                elif [[ $word != -* ]]; then
                    command+=${command:+ }$word
                    [[ $command == (\(words.groups.joined(separator: "|"))) ]] || break
                fi
                ((index++))
            done
            case $command in
                '')
                    _alternative \\
                        \(describe("commands", words.first)) \\
                        'options:option:(--config --help --version)' ;;
        \(groups)
        \(commands)
            esac
        }
        \(function) "$@"
        """
    }

    private var groups: String {
        words.groups.map { group in
            """
                    \(CompletionWords.quoted(group)))
                        _alternative \(describe("commands", words.second(behind: group))) ;;
            """
        }.joined(separator: "\n")
    }

    private var commands: String {
        words.table.commands.map { command in
            var specs = command.options.map { option in
                let text = "\(option.name)[\(plain(option.summary))]"
                return CompletionWords.quoted(
                    option.placeholder.map { "\(text):\($0):\(action(option.value))" } ?? text)
            }
            specs.append("'(- *)--help[what it does]'")
            if let operand = command.operands.first {
                specs.append(CompletionWords.quoted("*:\(operand.placeholder):\(action(operand.value))"))
            }
            return """
                        \(CompletionWords.quoted(command.name)))
                            words=("$words[1]" "${(@)words[index+1,-1]}"); ((CURRENT -= index - 1))
                            _arguments \\
                                \(specs.joined(separator: " \\\n                    ")) ;;
                """
        }.joined(separator: "\n")
    }

    private func action(_ value: Command.Value) -> String {
        switch value {
        case .choice(let choices): "(\(choices.joined(separator: " ")))"
        case .file: "_files"
        case .text, .number: " "
        }
    }

    /// A list of words with their meanings, for _alternative.
    private func describe(_ tag: String, _ offered: [(word: String, summary: String)]) -> String {
        let items = offered.map { "\($0.word)\\:\"\(plain($0.summary))\"" }.joined(separator: " ")
        return CompletionWords.quoted("\(tag):\(tag):((\(items)))")
    }

    /// Without what means something to zsh within these texts.
    private func plain(_ text: String) -> String {
        text.filter { !"[]:\"'`$\\()".contains($0) }
    }
}
