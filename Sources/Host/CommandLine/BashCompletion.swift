import Kernel

/// The completion script for bash; it needs nothing beside bash itself.
struct BashCompletion {
    let words: CompletionWords

    private var name: String { words.product.name }
    /// What the names of its functions begin with.
    private var function: String { "_" + name.replacing("-", with: "_") }

    var script: String {
        """
        # bash completion for \(name): eval "$(\(name) completion bash)"
        \(function)() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word words= files=
            local -i index
            # bash takes --name=VALUE for three words.
            if [[ $current == = ]]; then current=; elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
            for ((index = 1; index < COMP_CWORD; index++)); do
                word=${COMP_WORDS[index]}
                if [[ $word == = || $word == --config && ${COMP_WORDS[index+1]} != = ]]; then
                    ((index++))
                elif [[ $word != -* ]]; then
                    command+=${command:+ }$word
                    [[ $command == @(\(words.groups.joined(separator: "|"))) ]] || break
                fi
            done
            case $command in
                "") words="\(words.first.map(\.word).joined(separator: " ")) --config --help --version" ;;
        \(groups)
        \(commands)
            esac
            case "$command $previous" in
        \(values)
            esac
            COMPREPLY=()
            if [[ $files ]]; then
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
            fi
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$current")
        }
        complete -F \(function) \(name)
        """
    }

    private var groups: String {
        words.groups.map { group in
            let offered = words.second(behind: group).map(\.word) + ["--help"]
            return "        \"\(group)\") words=\"\(offered.joined(separator: " "))\" ;;"
        }.joined(separator: "\n")
    }

    private var commands: String {
        words.table.commands.map { command in
            var offered = command.options.map(\.name) + ["--help"]
            if command.name == "help" { offered = words.table.commands.map { $0.words[0] } }
            var files = ""
            if let operand = command.operands.first {
                switch operand.value {
                case .choice(let choices): offered += choices
                case .file: files = " files=yes"
                case .text, .number: break
                }
            }
            return "        \"\(command.name)\") words=\"\(offered.joined(separator: " "))\"\(files) ;;"
        }.joined(separator: "\n")
    }

    /// What may stand behind options: nothing can be said of texts, so nothing is offered there.
    private var values: String {
        let own = words.table.commands.flatMap { command in
            command.options.filter { $0.placeholder != nil && $0.name != "--config" }.map { option in
                let pattern = "        \"\(command.name) \(option.name)\")"
                return switch option.value {
                case .choice(let choices): "\(pattern) words=\"\(choices.joined(separator: " "))\" files= ;;"
                case .file: "\(pattern) words= files=yes ;;"
                case .text, .number: "\(pattern) words= files= ;;"
                }
            }
        }
        return (["        *\" --config\") words= files=yes ;;"] + own).joined(separator: "\n")
    }
}
