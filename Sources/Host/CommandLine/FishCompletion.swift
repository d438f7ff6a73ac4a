import Kernel

/// The completion script for fish.
struct FishCompletion {
    let words: CompletionWords

    private var name: String { words.product.name }
    /// What the names of its functions begin with.
    private var function: String { "_" + name.replacing("-", with: "_") }

    var script: String {
        (start + first + seconds + options).joined(separator: "\n")
    }

    /// `…_at WORDS` is true if these, and no others beside options, stand before the cursor.
    private var start: [String] {
        [
            """
            function _\(function)_words
                set -l skip no
                for word in (commandline -opc)[2..-1]
                    if test $skip = yes
                        set skip no
                    else if test "$word" = --config
                        set skip yes
                    else if not string match -q -- '-*' $word
                        echo $word
                    end
                end
            end
            function _\(function)_at
                set -l words (_\(function)_words)
                test "$words" = "$argv"
            end
            function _\(function)_in
                set -l words (_\(function)_words)
                string match -q -- "$argv *" "$words "
            end
            complete -c \(name) -f
            complete -c \(name) -l help -d 'what it does'
            """
        ]
    }

    private var first: [String] {
        words.first.map { word(at: "", $0.word, $0.summary) }
            + ["complete -c \(name) -n '_\(function)_at \"\"' -l config -r -F"]
    }

    private var seconds: [String] {
        words.groups.flatMap { group in
            words.second(behind: group).map { word(at: group, $0.word, $0.summary) }
        }
    }

    private func word(at place: String, _ word: String, _ summary: String) -> String {
        "complete -c \(name) -n '_\(function)_at \"\(place)\"' -a \(word) -d \(CompletionWords.quoted(summary))"
    }

    private var options: [String] {
        words.table.commands.flatMap { command -> [String] in
            let start = "complete -c \(name) -n '_\(function)_in \"\(command.name)\"'"
            let options = command.options.map { option in
                "\(start) -l \(option.name.dropFirst(2)) -d \(CompletionWords.quoted(option.summary))"
                    + (option.placeholder == nil ? "" : " -r" + argument(option.value))
            }
            return options + command.operands.map { start + argument($0.value) }.filter { !$0.hasSuffix("'") }
        }
    }

    private func argument(_ value: Command.Value) -> String {
        switch value {
        case .choice(let choices): " -a \(CompletionWords.quoted(choices.joined(separator: " "))) "
        case .file: " -F"
        case .text, .number: ""
        }
    }
}
