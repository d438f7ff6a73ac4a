/// The completion script for zsh: a function for a folder of `fpath`.
enum ZshCompletion {
    static var script: String {
        """
        #compdef job-service
        _job_service() {
            local command= word
            local -i index=2
            while ((index < CURRENT)); do
                word=$words[index]
                if [[ $word == --config ]]; then
                    ((index++))
                elif [[ $word != -* ]]; then
                    command+=${command:+ }$word
                    [[ $command == (\(CompletionWords.groups.joined(separator: "|"))) ]] || break
                fi
                ((index++))
            done
            case $command in
                '')
                    _alternative \\
                        \(describe("commands", CompletionWords.first)) \\
                        'options:option:(--config --help --version)' ;;
        \(groups)
        \(commands)
            esac
        }
        _job_service "$@"
        """
    }

    private static var groups: String {
        CompletionWords.groups.map { group in
            """
                    \(CompletionWords.quoted(group)))
                        _alternative \(describe("commands", CompletionWords.second(behind: group))) ;;
            """
        }.joined(separator: "\n")
    }

    private static var commands: String {
        CommandTable.commands.map { command in
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

    private static func action(_ value: Value) -> String {
        switch value {
        case .choice(let choices): "(\(choices.joined(separator: " ")))"
        case .file: "_files"
        case .text, .number: " "
        }
    }

    /// A list of words with their meanings, for _alternative.
    private static func describe(_ tag: String, _ words: [(word: String, summary: String)]) -> String {
        let items = words.map { "\($0.word)\\:\"\(plain($0.summary))\"" }.joined(separator: " ")
        return CompletionWords.quoted("\(tag):\(tag):((\(items)))")
    }

    /// Without what means something to zsh within these texts.
    private static func plain(_ text: String) -> String {
        text.filter { !"[]:\"'`$\\()".contains($0) }
    }
}
