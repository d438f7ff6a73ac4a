import KernelTesting
import Testing

@testable import Kernel

@Suite("The life of a service")
struct LifecycleTests {
    private func run(
        failing: String? = nil, configuration: String = "", _ body: (TestClient) async throws -> Void = { _ in }
    ) async throws -> (events: [String], failure: BootFailure?) {
        let events = Events()
        var failure: BootFailure?
        do {
            try await Current.$events.withValue(events) {
                try await Current.$failing.withValue(failing) {
                    try await withApplication(
                        modules: [ModuleB.self, ModuleA.self], drivers: [RecordingDriver.self],
                        configuration: configuration, environment: ["JOB_SERVICE_STORAGE__URL": "recording:"],
                        transport: .liveSocket, body)
                }
            }
        } catch let error as BootFailure {
            failure = error
        }
        return (events.all, failure)
    }

    @Test("phases run in order and are undone in exact reverse")
    func order() async throws {
        let (events, failure) = try await run { client in
            let reply = try await client.get("/health/ready")
            #expect(reply.status == 200)
            #expect(reply.text == "I'm ready!")
        }
        #expect(failure == nil)
        #expect(
            events == [
                "register a", "register b", "open storage", "start a", "start b", "stop b", "stop a", "close storage",
            ])
    }

    @Test("a loop for which there is no thread fails the start, and what had been reached is cleaned up")
    func noThread() async throws {
        let (events, failure) = try await OwnThread.$isRefused.withValue({ $0 == "http-1" }) {
            try await run(configuration: "http:\n  threads: 2") { _ in Issue.record("it must not start") }
        }
        #expect(failure?.issues.first?.what.contains("'http-1'") == true)
        #expect(events.suffix(3) == ["stop b", "stop a", "close storage"])
    }

    @Test("an executor for which there is no thread says so, and gets one when there is one")
    func noThreadForExecutor() throws {
        let executor = ThreadExecutor("test")
        let issue = #expect(throws: BootIssue.self) {
            try OwnThread.$isRefused.withValue({ $0 == "test" }) { try executor.start() }
        }
        #expect(issue?.what.contains("'test'") == true)
    }

    @Test(
        "whichever step fails, what had been reached is cleaned up and the step is named",
        arguments: [
            ("register a", [], "module 'a' cannot be registered"),
            ("register b", [], "module 'b' cannot be registered"),
            ("open storage", ["open storage"], "open storage: Recording"),
            (
                "start a", ["open storage", "start a", "stop a", "close storage"],
                "start services: service 'a' of module 'a'"
            ),
            (
                "start b", ["open storage", "start a", "start b", "stop b", "stop a", "close storage"],
                "start services: service 'b' of module 'b'"
            ),
        ])
    func failures(step: String, expected: [String], message: String) async throws {
        let (events, failure) = try await run(failing: step) { _ in Issue.record("it must not start") }
        #expect(events.filter { !$0.hasPrefix("register") } == expected)
        let what = try #require(failure?.issues.first?.what)
        #expect(what.contains(message) && what.contains("broken on purpose"))
    }

    @Test("a port that is taken fails the start, naming it, and everything else is undone")
    func occupiedPort() async throws {
        _ = try await run { client in
            let (events, failure) = try await run(configuration: "http: {port: \(client.port)}") { _ in }
            _ = events
            #expect(failure == nil, "the environment's port 0 wins over the file")
            let taken = Events()
            await #expect(throws: BootFailure.self) {
                try await Current.$events.withValue(taken) {
                    try await withApplication(
                        modules: [ModuleA.self], drivers: [RecordingDriver.self],
                        environment: [
                            "JOB_SERVICE_STORAGE__URL": "recording:", "JOB_SERVICE_HTTP__PORT": "\(client.port)",
                        ]
                    ) { _ in }
                }
            }
            #expect(taken.all == ["register a", "open storage", "start a", "stop a", "close storage"])
        }
    }

    @Test("a step that takes too long is named with its limit")
    func slowStart() async throws {
        struct SlowModule: Module {
            static let manifest = Manifest(id: "slow", summary: "")
            struct Hanging: Service {
                let name = "hanging"
                func start() async throws { try await Gate().passed() }
            }
            init(configuration: NoConfiguration) {}
            func register(in kernel: any Registrar) { kernel.service(Hanging()) }
        }
        do {
            try await withApplication(
                modules: [SlowModule.self], drivers: [RecordingDriver.self],
                environment: [
                    "JOB_SERVICE_STORAGE__URL": "recording:", "JOB_SERVICE_LIFECYCLE__START_SERVICE": "100ms",
                ]
            ) { _ in }
            Issue.record("it must not start")
        } catch let failure as BootFailure {
            let issue = try #require(failure.issues.first)
            #expect(
                issue.what == "start services: service 'hanging' of module 'slow' did not finish within 0.1 seconds")
            #expect(issue.kind == .environment)
        }
    }
}
