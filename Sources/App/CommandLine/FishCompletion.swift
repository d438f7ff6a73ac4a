/// The completion script for fish.
enum FishCompletion {
    static var script: String {
        (start + first + seconds + options).joined(separator: "\n")
    }

    /// `__job_service_at WORDS` is true if these, and no others beside options, stand before the cursor.
    private static let start = [
        """
        function __job_service_words
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
        function __job_service_at
            set -l words (__job_service_words)
            test "$words" = "$argv"
        end
        function __job_service_in
            set -l words (__job_service_words)
            string match -q -- "$argv *" "$words "
        end
        complete -c job-service -f
        complete -c job-service -l help -d 'what it does'
        """
    ]

    private static var first: [String] {
        CompletionWords.first.map { word(at: "", $0.word, $0.summary) }
            + ["complete -c job-service -n '__job_service_at \"\"' -l config -r -F"]
    }

    private static var seconds: [String] {
        CompletionWords.groups.flatMap { group in
            CompletionWords.second(behind: group).map { word(at: group, $0.word, $0.summary) }
        }
    }

    private static func word(at words: String, _ word: String, _ summary: String) -> String {
        "complete -c job-service -n '__job_service_at \"\(words)\"' -a \(word) -d \(CompletionWords.quoted(summary))"
    }

    private static var options: [String] {
        CommandTable.commands.flatMap { command -> [String] in
            let start = "complete -c job-service -n '__job_service_in \"\(command.name)\"'"
            let options = command.options.map { option in
                "\(start) -l \(option.name.dropFirst(2)) -d \(CompletionWords.quoted(option.summary))"
                    + (option.placeholder == nil ? "" : " -r" + argument(option.value))
            }
            return options + command.operands.map { start + argument($0.value) }.filter { !$0.hasSuffix("'") }
        }
    }

    private static func argument(_ value: Value) -> String {
        switch value {
        case .choice(let choices): " -a \(CompletionWords.quoted(choices.joined(separator: " "))) "
        case .file: " -F"
        case .text, .number: ""
        }
    }
}
