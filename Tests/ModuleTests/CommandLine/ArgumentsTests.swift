import Kernel
import Testing

@testable import App
@testable import Host

@Suite("The command line")
struct ArgumentsTests {
    private func understood(_ line: String) throws -> Arguments {
        try Arguments(line.split(separator: " ").map(String.init), CommandTable(Catalogue.program))
    }

    private func mistake(_ line: String) -> Arguments.Mistake? {
        do throws(Arguments.Mistake) {
            _ = try Arguments(line.split(separator: " ").map(String.init), CommandTable(Catalogue.program))
            return nil
        } catch {
            return error
        }
    }

    @Test("without a command the service runs", arguments: ["", "--config a.yaml", "--config=a.yaml", "serve"])
    func serve(line: String) throws {
        let arguments = try understood(line)
        #expect(arguments.command.name == "serve")
        #expect(arguments.configurationFile == (line.contains("a.yaml") ? "a.yaml" : nil))
    }

    @Test(
        "options may stand before, between and behind the words of a command",
        arguments: [
            "jobs fail ID --reason TEXT --config a", "--config a jobs fail --reason=TEXT ID",
            "jobs fail --reason TEXT ID --config=a", "jobs fail --config a --reason TEXT -- ID",
        ])
    func order(line: String) throws {
        let arguments = try understood(line)
        #expect(arguments.command.name == "jobs fail")
        #expect(arguments.operands == ["ID"])
        #expect(arguments["--reason"] == "TEXT")
        #expect(arguments.configurationFile == "a")
    }

    @Test("what looks like an option is an operand behind --, and a value behind an option")
    func dashes() throws {
        #expect(try understood("jobs show -- --json").operands == ["--json"])
        #expect(try understood("jobs fail ID --reason --force")["--reason"] == "--force")
        #expect(try understood("jobs fail ID --reason=a=b")["--reason"] == "a=b")
        #expect(try understood("backup -").operands == ["-"])
    }

    @Test(
        "help can be asked for anywhere",
        arguments: [
            ("--help", ""), ("-h", ""), ("help", ""), ("jobs --help", "jobs"), ("jobs fail -h", "jobs fail"),
            ("jobs fail ID --reason x --help", "jobs fail"), ("help jobs fail", "jobs fail"),
            ("--config x check --help", "check"), ("help --help", "help"), ("serve extra --help", "serve"),
        ])
    func help(line: String, about: String) throws {
        let arguments = try understood(line)
        #expect(arguments.command.name == "help")
        #expect(arguments.operands.joined(separator: " ") == about)
    }

    @Test(
        "a mistake names the wrong argument and the command",
        arguments: [
            ("jobs fail ID --resaon x", "jobs fail", "did you mean '--reason'?"),
            ("jobs list --status none", "jobs list", "--status must be one of"),
            ("jobs list --limit -1", "jobs list", "not '-1'"),
            ("check --connect --connect", "check", "--connect is given twice"),
            ("maintenance on", "maintenance on", "--message TEXT is missing"),
            ("backup a b", "backup", "unexpected argument 'b'"),
            ("backupp", "", "did you mean 'backup'?"),
            ("jobs", "", "list, show, fail"),
        ])
    func mistakes(line: String, command: String, part: String) throws {
        let mistake = try #require(self.mistake(line))
        #expect(mistake.command?.name ?? "" == command)
        #expect(mistake.message.contains(part), "\(mistake.message)")
    }
}
