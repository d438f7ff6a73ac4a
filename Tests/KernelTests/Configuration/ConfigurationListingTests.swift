import Kernel
import KernelTesting
import Testing

@Suite("Showing the configuration")
struct ConfigurationListingTests {
    @Test("the listing has every value in force with its origin")
    func listing() {
        let configuration = Configuration(
            yaml: "http:\n  port: 81", name: "c.yaml", environment: ["JOB_SERVICE_HTTP__TAGS": "a,b"])
        let http = configuration.root.section("http")
        _ = http.integer("port", default: 80, in: 1...100, "The port")
        _ = http.strings("tags", "Tags")
        _ = http.bytes("body", default: 1536, in: 0...(1 << 20), "The body")
        _ = http.duration("idle", default: .milliseconds(1500), in: .zero ... .seconds(9), "The wait")
        _ = http.secret("key", "The key")
        _ = http.reloadable.boolean("open", default: false, "Whether it is open")
        #expect(
            configuration.listing == """
                service.stack: local  # built-in default
                service.commit:       # not set
                service.hostName:     # not set
                service.secretsFile:  # not set
                http.port: 81         # c.yaml:2:9
                http.tags: [a, b]     # environment variable JOB_SERVICE_HTTP__TAGS
                http.body: 1536 B     # built-in default
                http.idle: 1500ms     # built-in default
                http.key:             # not set
                http.open: false      # built-in default, reloadable

                """)
    }

    @Test("the guide is a Markdown table of each section")
    func guide() {
        let configuration = Configuration()
        let http = configuration.root.section("http", "The HTTP server")
        _ = http.integer("port", default: 8000, in: 1...65535, "The port | number")
        _ = http.reloadable.string("host", variable: "HOST", "The address")
        #expect(
            configuration.guide.hasSuffix(
                """
                ## `http`

                The HTTP server.

                | key | what it is | type | default | environment | a change takes |
                |---|---|---|---|---|---|
                | `http.port` | The port \\| number | whole number from 1 to 65535 | `8000` | \
                `JOB_SERVICE_HTTP__PORT` | a restart |
                | `http.host` | The address | text | none | `JOB_SERVICE_HTTP__HOST`, `HOST` | SIGHUP |

                """))
    }
}
