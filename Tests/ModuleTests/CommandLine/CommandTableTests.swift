import Kernel
import KernelTesting
import Testing

@testable import App
@testable import Host

@Suite("The table of commands")
struct CommandTableTests {
    private let table = CommandTable(Catalogue.program)

    @Test("docs/commands.md is what the table says")
    func guide() throws {
        let file = try repositoryFile("docs/commands.md")
        #expect(file == CommandGuide(table: table).markdown + "\n", "write it anew: make docs")
    }

    @Test("docs/configuration.md is what modules and drivers declare")
    func configurationGuide() throws {
        let file = try repositoryFile("docs/configuration.md")
        #expect(file == ConfigurationGuide(program: Catalogue.program).markdown + "\n", "write it anew: make docs")
    }

    private struct Bringing<Name: CommandName>: Module, CommandProvider {
        static var manifest: Manifest { Manifest(id: "bringing", summary: "") }

        init(configuration: NoConfiguration) {}

        func register(in kernel: any Registrar) {}

        static func commands(of product: Product) -> [Command] {
            [Command(Name.name, "do something", run: { _ in .success })]
        }
    }

    private protocol CommandName {
        static var name: String { get }
    }
    private enum Check: CommandName { static let name = "check" }
    private enum Jobs: CommandName { static let name = "jobs" }
    private enum Long: CommandName { static let name = "count all jobs" }
    private enum Option: CommandName { static let name = "--jobs" }
    private enum Fine: CommandName { static let name = "jobs count" }

    @Test("a module may bring no command that is there already, hides others or cannot be typed")
    func clashes() {
        func problem(_ module: any Module.Type) -> String? {
            CommandTable(
                Program(Catalogue.product, modules: Catalogue.modules + [module], drivers: Catalogue.drivers)
            ).problem
        }
        #expect(problem(Bringing<Check>.self) == "there are two commands 'check'")
        #expect(problem(Bringing<Jobs>.self) == "the command 'jobs' hides its group")
        #expect(problem(Bringing<Long>.self)?.hasPrefix("'count all jobs' is no name for a command") == true)
        #expect(problem(Bringing<Option>.self)?.hasPrefix("'--jobs' is no name for a command") == true)
        #expect(problem(Bringing<Fine>.self) == nil)
        #expect(table.problem == nil)
    }

    @Test("each command has a name of its own, and no option twice")
    func names() {
        let names = table.commands.map(\.name)
        #expect(Set(names).count == names.count)
        for command in table.commands {
            let options = command.options.map(\.name)
            #expect(Set(options).count == options.count && !options.contains("--help"), "\(command.name)")
            #expect(!names.contains { $0.hasPrefix(command.name + " ") }, "\(command.name) would hide its group")
        }
    }

    @Test("each command of a module names one that is linked")
    func modules() {
        let linked = Catalogue.modules.map { $0.manifest.id }
        for module in table.commands.compactMap(\.module) { #expect(linked.contains(module)) }
    }

    @Test("each example is a command line that is understood")
    func examples() throws {
        for command in table.commands {
            for example in command.examples {
                guard example.command.hasPrefix("job-service ") else { continue }
                let arguments = try Arguments(words(of: example.command).dropFirst(), table)
                #expect(arguments.command.name == command.name, "\(example.command)")
            }
        }
    }

    @Test("every command and option is in the manual page and in each completion script")
    func everywhere() {
        let page = ManualPage(table: table).text.replacing("\\-", with: "-")
        let scripts = CompletionShell.allCases.map { $0.script(table) }
        for command in table.commands {
            #expect(page.contains(command.name))
            for option in command.options {
                #expect(page.contains(option.name))
                let word = String(option.name.dropFirst(2))
                for script in scripts { #expect(script.contains(word)) }
            }
        }
    }

    /// The words before a pipe or redirection, as a shell would see them.
    private func words(of line: String) -> [String] {
        var words = [""]
        var isQuoted = false
        for character in line {
            if character == "|" || character == ">" { break }
            if character == "'" {
                isQuoted.toggle()
            } else if character == " ", !isQuoted {
                words.append("")
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words.filter { !$0.isEmpty }
    }
}
