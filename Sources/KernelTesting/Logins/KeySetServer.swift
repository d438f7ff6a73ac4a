import Kernel
import Synchronization

/// The issuer's side: an HTTP server on 127.0.0.1 that publishes keys as a JSON Web Key Set (RFC 7517), or misbehaves,
/// and counts who asks.
public final class KeySetServer: Sendable {
    /// What it answers to every request.
    public enum Behaviour: Sendable {
        /// A set of these JSON Web Keys.
        case keys([JSON])
        /// Any text.
        case text(String)
        /// No body, with this status.
        case status(Status)
        /// A pointer to elsewhere.
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

    /// - Parameters:
    ///   - behaviour: what it answers at first.
    ///   - port: where it listens; 0 for any free one.
    /// - Throws: `BootIssue` if it cannot listen.
    public init(_ behaviour: Behaviour, port: Int = 0) throws {
        let publisher = Publisher(behaviour)
        self.publisher = publisher
        var configuration = ServerConfiguration()
        configuration.port = port
        configuration.threads = 1
        server = HTTPServer(
            configuration, log: Logger("issuer", sink: LogRecorder()), rejection: { _, _, _ in Response(.badRequest) },
            handler: { _ in await publisher.respond() })
        try server.bind()
        try server.start()
    }

    /// What JWKS_URL is for a service that is to ask it.
    public var url: String { "http://127.0.0.1:\(server.port)/keys" }
    public var port: Int { server.port }
    /// How often it was asked.
    public var count: Int { publisher.state.withLock { $0.count } }

    /// Answers otherwise from now on.
    public func behave(_ behaviour: Behaviour) { publisher.state.withLock { $0.behaviour = behaviour } }

    /// Stops listening.
    public func stop() async { await server.stop() }
}
