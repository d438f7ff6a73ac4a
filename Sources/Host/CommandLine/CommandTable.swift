import Kernel

/// Every command of a program: those of the host itself, and those that its modules and drivers bring.
struct CommandTable: Sendable {
    let program: Program
    /// The commands under the headings of the help and of the manual page.
    let groups: [(heading: String, commands: [Command])]
    /// All of them. The first one is what runs when none is named.
    let commands: [Command]

    /// - Parameter groups: the commands under their headings.
    init(_ program: Program, _ groups: [(heading: String, commands: [Command])]) {
        self.program = program
        self.groups = groups
        commands = groups.flatMap(\.commands)
    }

    var product: Product { program.product }

    /// What is wrong with the names of the commands together; nil if nothing is.
    var problem: String? {
        let names = commands.map(\.name)
        for (index, command) in commands.enumerated() {
            let name = command.name
            if !(1...2).contains(command.words.count) || command.words.contains(where: { $0.hasPrefix("-") }) {
                return "'\(name)' is no name for a command: it must have one word or two"
            }
            if names[..<index].contains(name) { return "there are two commands '\(name)'" }
            if names.contains(where: { $0.hasPrefix(name + " ") }) { return "the command '\(name)' hides its group" }
        }
        return nil
    }

    /// Exit codes, the same for all commands.
    var exitCodes: [(code: Int, meaning: String)] {
        [
            (0, "success"),
            (
                1,
                "a port, path, server or \(product.words.item) is not usable for it at the moment; the message says "
                    + "which, and what to do"
            ),
            (64, "the arguments are wrong, or the command is not one for this storage"),
            (78, "the configuration is wrong, or lacks rights"),
        ]
    }
}
