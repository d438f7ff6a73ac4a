import Kernel
import KernelTesting
import Synchronization

/// The issuer's side: an HTTP server that publishes keys, or misbehaves, and counts who asks.
final class KeySetServer: Sendable {
    enum Behaviour: Sendable {
        case keys([JSON])
        case text(String)
        case status(Status)
        case redirect(to: String)
        /// Answers with the keys once the gate is open.
        case held(Gate, [JSON])
        /// More than any key set has.
        case endless
    }

    private struct State {
        var behaviour: Behaviour
        var count = 0
    }

    /// Shared with the server's handler.
    private final class Publisher: Sendable {
        let state: Mutex<State>

        init(_ behaviour: Behaviour) {
            state = Mutex(State(behaviour: behaviour))
        }

        func respond() async -> Response {
            let behaviour = state.withLock { state in
                state.count += 1
                return state.behaviour
            }
            switch behaviour {
            case .keys(let keys): return Self.set(keys)
            case .text(let text): return Response(body: .bytes(Array(text.utf8)))
            case .status(let status): return Response(status)
            case .redirect(let url):
                // 302 is no status that this engine knows; libcurl must not even look at the field.
                return Response(.notFound, headers: Headers([("Location", url)]))
            case .held(let gate, let keys):
                try? await gate.passed()
                return Self.set(keys)
            case .endless:
                return Response(
                    body: .stream { writer in
                        while true { try await writer.write([UInt8](repeating: 0x20, count: 8192)) }
                    })
            }
        }

        private static func set(_ keys: [JSON]) -> Response {
            Response(body: .bytes((["keys": .array(keys)] as JSON).bytes))
        }
    }

    private let server: HTTPServer
    private let publisher: Publisher

    init(_ behaviour: Behaviour, port: Int = 0) throws {
        let publisher = Publisher(behaviour)
        self.publisher = publisher
        var configuration = ServerConfiguration()
        configuration.port = port
        configuration.threads = 1
        server = HTTPServer(
            configuration, log: Logger("issuer", sink: LogRecorder()), rejection: { _, _ in Response(.badRequest) },
            handler: { _ in await publisher.respond() })
        try server.bind()
        try server.start()
    }

    var url: String { "http://127.0.0.1:\(server.port)/keys" }
    var port: Int { server.port }
    /// How often it was asked.
    var count: Int { publisher.state.withLock { $0.count } }

    func behave(_ behaviour: Behaviour) { publisher.state.withLock { $0.behaviour = behaviour } }

    func stop() async { await server.stop() }
}
