import Kernel
import KernelTesting
import Synchronization

/// What happened, in order; shared by the parts of a service under test.
final class Events: Sendable {
    private let state = Mutex<[String]>([])

    var all: [String] { state.withLock { $0 } }

    func add(_ event: String) { state.withLock { $0.append(event) } }
}

/// The events of the test that runs: modules and drivers are made by the kernel from their types, so that a test
/// cannot hand them anything but through its task.
enum Current {
    @TaskLocal static var events = Events()
    /// The step that is to fail: `open storage`, `start a`, `stop b`, …
    @TaskLocal static var failing: String?

    static func step(_ name: String) throws {
        events.add(name)
        if failing == name { throw Unhealthy("broken on purpose") }
    }
}

/// A driver that keeps nothing and tells what is asked of it.
struct RecordingDriver: StorageDriver {
    static let schemes = ["recording"]
    static let label = "Recording"

    init?(url: StorageURL, reading section: ConfigurationSection) {}

    func open(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        try Current.step("open storage")
        return RecordingStore(events: Current.events)
    }
}

final class RecordingStore: OpenStore {
    let events: Events

    init(events: Events) {
        self.events = events
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        throw StoreError.unavailable(reason: "keeps nothing", retryAfter: 3)
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R {
        throw StoreError.unavailable(reason: "keeps nothing", retryAfter: 3)
    }

    func snapshot() async throws -> any Snapshot {
        throw StoreError.unavailable(reason: "keeps nothing", retryAfter: 3)
    }

    func ping() {}

    func close() async { events.add("close storage") }
}

/// A service that tells when it starts and stops.
struct RecordingService: Service {
    let name: String
    let events = Current.events

    func start() async throws { try Current.step("start \(name)") }

    func stop() async { events.add("stop \(name)") }
}

struct ModuleA: Module {
    static let manifest = Manifest(id: "a", summary: "First")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) throws {
        try Current.step("register a")
        kernel.service(RecordingService(name: "a"))
        kernel.offer(.greeting, { "hello from a" })
        kernel.route(.get, "/a", Operation("Greets", access: .anyone)) { _ in
            Response(contentType: .text, body: .fixed("a"))
        }
        let store = kernel.store
        kernel.route(.get, "/fails", Operation("Fails", access: .anyone)) { request in
            switch request.query.first?.value {
            case "storage": try await store.read { _ in }
            case "http": throw HTTPError(.conflict, code: "a.conflict", message: "It conflicts", retryAfter: 7)
            default: throw Unhealthy("secret internals")
            }
            return Response()
        }
    }
}

extension Capability<@Sendable () -> String> {
    static var greeting: Self { Self("greeting") }
}

struct ModuleB: Module {
    static let manifest = Manifest(id: "b", summary: "Second", requires: ["a"])

    struct Configuration: ModuleConfiguration {
        let word: String

        init(reading section: ConfigurationSection) {
            word = section.string("word", default: "none", "A word to say")
        }
    }

    let configuration: Configuration

    init(configuration: Configuration) {
        self.configuration = configuration
    }

    func register(in kernel: any Registrar) throws {
        try Current.step("register b")
        let greet = try kernel.require(.greeting)
        kernel.service(RecordingService(name: "b"))
        kernel.route(.get, "/b", Operation("Says a word", access: .anyone)) { [configuration] _ in
            Response(contentType: .text, body: .bytes(Array("\(greet()), \(configuration.word)".utf8)))
        }
    }
}
