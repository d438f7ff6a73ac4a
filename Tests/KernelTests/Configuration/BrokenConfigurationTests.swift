import Kernel
import KernelTesting
import Testing

/// A configuration that must not start, and what the operator reads.
struct BrokenConfiguration: CustomTestStringConvertible, Sendable {
    let name: String
    var yaml = ""
    var environment: [String: String] = [:]
    let issues: [String]

    var testDescription: String { name }
}

@Suite("A broken configuration is told in words that say what to do")
struct BrokenConfigurationTests {
    @Test("names what is wrong, where, and the remedy", arguments: BrokenConfiguration.values)
    func value(_ broken: BrokenConfiguration) { expect(broken) }

    @Test("names unknown keys and the nearest known one", arguments: BrokenConfiguration.unknown)
    func unknown(_ broken: BrokenConfiguration) { expect(broken) }

    @Test("names the place where the text is not the YAML that is meant", arguments: BrokenConfiguration.texts)
    func text(_ broken: BrokenConfiguration) { expect(broken) }

    @Test("names the variable that an expansion misses", arguments: BrokenConfiguration.expansions)
    func expansion(_ broken: BrokenConfiguration) { expect(broken) }

    private func expect(_ broken: BrokenConfiguration) {
        let (_, issues) = SampleConfiguration.reading(broken.yaml, broken.environment)
        #expect(issues.map(line) == broken.issues)
        #expect(issues.allSatisfy { $0.kind == .configuration })
    }

    @Test("tells everything at once and each thing once")
    func everything() {
        let yaml = """
            http:
              port: 70000
              prt: 1
            paint:
              colour: yellow
            """
        let configuration = Configuration(yaml: yaml, environment: ["JOB_SERVICE_PAINT__COLOR": "red"])
        _ = SampleConfiguration(reading: configuration.root)
        _ = SampleConfiguration(reading: configuration.root)
        #expect(configuration.finish().count == 4)
        #expect(configuration.finish().count == 4)
    }

    @Test("an invalid UTF-8 byte is told with its place")
    func invalidUTF8() throws {
        let file = try TemporaryFile(Array("http:\n  host: \"ü".utf8) + [0xff] + Array("\"\n".utf8))
        let configuration = Configuration.load(file: file.path, environment: [:])
        #expect(
            configuration.problems.map(line) == [
                "the file is not valid UTF-8 — \(file.path):2:11 — save the file as UTF-8"
            ])
    }
}
