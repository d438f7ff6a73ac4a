import Glibc
import Synchronization

/// The way of a command to the routes of the service that a configuration describes, so that every rule of theirs holds
/// for commands too.
///
/// A database that only one process may use is reached through the control socket of the process that holds it; if
/// none does, or if many may use it, the service is put together in this process and its storage opened, with the same
/// lock and the same repairs as when it serves, but without listening. Either way the caller has the right to write the
/// storage itself, and needs no API key.
public struct ServiceDoor: Sendable {
    private enum Way: Sendable {
        case socket(ControlClient)
        case process(Application)
    }

    private let way: Way
    private let answers = AnswerCount()
    /// Whether this process keeps the database from a service that wants to start: for as short as can be.
    public let holdsDatabase: Bool
    /// Whether a running service is asked; otherwise this process has opened the storage.
    public var isService: Bool { if case .socket = way { true } else { false } }
    /// Whether it may stay open while a command waits for something: it keeps nobody out, and goes on whoever ends.
    public var canStayOpen: Bool { !isService && !holdsDatabase }
    private let program: String
    private let configurations: [String: any ModuleConfiguration]

    /// How long a service that is starting or ending is waited for.
    private static let patience = Duration.seconds(5)

    /// Opens the way to the routes of the command's module, or to all of them for a command of the host's, lets `body` use it, and closes it.
    /// - Parameters:
    ///   - arguments: of a command.
    ///   - body: is run again if the service ended before it had answered anything.
    /// - Throws: `CommandFailure` and `BootFailure` if there is no way, and what `body` throws.
    public static func use<R: Sendable>(
        _ arguments: Arguments, _ body: @Sendable (ServiceDoor) async throws -> R
    ) async throws -> R {
        while true {
            let door = try await open(arguments)
            do {
                let result = try await body(door)
                await door.close()
                return result
            } catch let error as ServiceGone {
                // Nothing has been done yet: now the storage is free, or another service has it.
                guard door.answers.isZero else { throw error.failure }
            } catch {
                await door.close()
                throw error
            }
        }
    }

    private static func open(_ arguments: Arguments) async throws -> ServiceDoor {
        let module = arguments.command.module
        let program = arguments.program.product.name
        let end = ContinuousClock.now + patience
        while true {
            let assembly = try arguments.assembly()
            if let module, !assembly.modules.contains(where: { $0.id == module }) {
                throw CommandFailure(
                    "'\(arguments.command.name)' needs the module '\(module)', which this configuration disables",
                    remedy: "set modules.\(module).enabled: true, or name another configuration with --config",
                    code: .configuration)
            }
            let file = assembly.databaseFile
            if let file {
                try checkPresence(of: file)
                let client = ControlClient(
                    socket: ControlSocket(beside: file), database: file, host: program,
                    deadlines: assembly.server.deadlines)
                if try client.isAnswered {
                    return ServiceDoor(
                        way: .socket(client), holdsDatabase: false, program: program,
                        configurations: assembly.moduleConfigurations)
                }
            }
            let application = Application(assembly, log: Logger(program, sink: ErrorSink()))
            do {
                try await application.startForCommand(of: module)
                return ServiceDoor(
                    way: .process(application), holdsDatabase: file != nil, program: program,
                    configurations: assembly.moduleConfigurations)
            } catch {
                guard error.issues.contains(where: \.isHeldElsewhere) else { throw error }
                // A service that is just starting or ending holds the database without listening.
                guard ContinuousClock.now < end else {
                    throw CommandFailure(
                        error.issues.map(\.what).joined(separator: "; ")
                            + " and does not listen on \(ControlSocket(beside: file ?? "").path)",
                        remedy: "look at that process and its log")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// A command run in the wrong folder must not make a database there.
    private static func checkPresence(of file: String) throws(CommandFailure) {
        guard access(file, F_OK) != 0 else { return }
        let reason = errno
        if reason == ENOENT {
            throw CommandFailure(
                "there is no database \(file)",
                remedy: "run the command in the service's folder and with its environment, or name its configuration "
                    + "with --config FILE")
        }
        throw CommandFailure(
            "cannot reach the database \(file): \(String(cString: strerror(reason)))",
            remedy: "act as the service's user, or as root")
    }

    private func close() async {
        if case .process(let application) = way { await application.stop() }
    }

    /// How a module is configured here, which a running service may have read before it was changed.
    public func configuration<M: Module>(of module: M.Type) -> M.Configuration? {
        configurations[M.manifest.id] as? M.Configuration
    }

    /// Sends a request as one who may use the storage itself.
    /// - Parameters:
    ///   - method: of the request.
    ///   - target: path and query, percent-encoded; see `PercentEncoding`.
    ///   - body: nil for none.
    ///   - headers: further fields, such as the cookies of somebody in whose name something is asked.
    public func send(
        _ method: Method, _ target: String, _ body: JSON? = nil, headers: Headers = Headers()
    ) async throws -> ServiceReply {
        switch way {
        case .socket(let client):
            let reply = try await client.send(method, target, headers, body?.bytes ?? [])
            answers.countOne()
            return ServiceReply(
                status: reply.status, headers: reply.headers, body: reply.body, program: program)
        case .process(let application):
            let request = try Request(method, target, headers: headers, body: body?.bytes ?? [])
            let response = await application.respond(toOperator: request)
            return ServiceReply(
                status: response.status.code, headers: response.headers, body: try await response.collectedBody(),
                program: program)
        }
    }

    /// Whether a service answers, and what it says of itself; nil if none does.
    ///
    /// A storage that many may use has no control socket beside it: there whoever listens on the address of the
    /// configuration is asked.
    public func health() async throws -> ServiceHealth? {
        let client: ControlClient
        switch way {
        case .socket(let socket): client = socket
        case .process(let application):
            guard !holdsDatabase, let address = application.configuredAddress else { return nil }
            client = ControlClient(address: address.host, port: address.port)
        }
        do {
            let version = try await client.send(.get, "/version", Headers(), [])
            let ready = try await client.send(.get, "/health/ready", Headers([("Accept", "application/json")]), [])
            guard version.status == 200, let json = try? JSON(parsing: version.body), json["service"]?.string == program
            else { return nil }
            return ServiceHealth(
                isReady: ready.status == 200, detail: (try? JSON(parsing: ready.body)) ?? .null, version: json,
                place: client.description)
        } catch is ServiceGone {
            return nil
        }
    }

    /// Sends a GET; see `send`.
    public func get(_ target: String) async throws -> ServiceReply { try await send(.get, target) }
}

/// What a running service says of itself.
public struct ServiceHealth: Sendable {
    public let isReady: Bool
    /// `GET /health/ready`: its checks, or why it is not ready.
    public let detail: JSON
    /// `GET /version`.
    public let version: JSON
    /// Where it was asked.
    public let place: String
}

/// Whether a service has answered any request of a command.
private final class AnswerCount: Sendable {
    private let count = Atomic<Int>(0)

    var isZero: Bool { count.load(ordering: .relaxed) == 0 }

    func countOne() { count.add(1, ordering: .relaxed) }
}
