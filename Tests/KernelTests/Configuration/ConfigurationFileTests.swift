import Kernel
import KernelTesting
import Testing

@Suite("The configuration file")
struct ConfigurationFileTests {
    @Test("a missing default file is fine, a missing named one is not")
    func missing() {
        let path = "/nonexistent/config.yaml"
        #expect(Configuration.load(file: path, environment: [:]).finish().isEmpty)
        #expect(Configuration.load(file: nil, environment: [:]).finish().isEmpty)
        #expect(
            Configuration.load(file: path, fileIsRequired: true, environment: [:]).finish().map(line) == [
                "configuration file '/nonexistent/config.yaml' does not exist — - — create it, or correct its path"
            ])
    }

    @Test("a directory in its place is a problem, named or not")
    func directory() {
        #expect(
            Configuration.load(file: "/tmp", environment: [:]).finish().map(line) == [
                "configuration file '/tmp' is a directory — - — give the path of a file"
            ])
    }

    @Test("a path that leads through a file names the system's reason")
    func unreadable() {
        #expect(
            Configuration.load(file: "/etc/passwd/config.yaml", environment: [:]).finish().map(line) == [
                "configuration file '/etc/passwd/config.yaml' cannot be read: Not a directory — - — correct its path"
            ])
    }

    @Test("a file that never ends is not read to its end")
    func oversize() {
        #expect(
            Configuration.load(file: "/dev/zero", environment: [:]).finish().map(line) == [
                "configuration file '/dev/zero' is larger than 1 MiB — - — give the path of the right file"
            ])
    }

    @Test("an empty file is a configuration")
    func empty() {
        #expect(Configuration.load(file: "/dev/null", fileIsRequired: true, environment: [:]).finish().isEmpty)
    }

    @Test("origins have the path that was given")
    func origins() throws {
        let file = try TemporaryFile("http:\n  port: 99\n")
        let configuration = Configuration.load(file: file.path, environment: [:])
        #expect(SampleConfiguration(reading: configuration.root).port == 99)
        #expect(configuration.listing.contains("# \(file.path):2:9\n"))
    }

    @Test("the process's environment is readable")
    func processEnvironment() {
        #expect(Configuration.processEnvironment["PATH"] != nil)
    }
}
