import Kernel

/// `maintenance on|off|status`
struct MaintenanceCommand: Sendable {
    enum Action: Sendable {
        case on, off, status
    }

    private let arguments: Arguments
    private let action: Action

    init(_ arguments: Arguments, _ action: Action) {
        self.arguments = arguments
        self.action = action
    }

    func perform() async throws {
        let wait = arguments.has("--wait") ? MaintenanceWait(arguments) : nil
        try await wait?.check()
        let status = try await ServiceDoor.use(arguments) { door in
            switch action {
            case .on: try await set(true, arguments["--message"] ?? "", through: door)
            case .off: try await set(false, arguments["--message"] ?? "Maintenance is over.", through: door)
            case .status: try await door.get("/maintenance-status").json()
            }
        }
        Terminal.print(arguments.wantsJSON ? status.text : text(status))
        try await wait?.perform()
    }

    private func set(_ isPaused: Bool, _ message: String, through door: ServiceDoor) async throws -> JSON {
        try await door.send(.post, "/maintenance-status", ["msg": .string(message), "paused": .bool(isPaused)]).json()
    }

    private func text(_ status: JSON) -> String {
        let status = MaintenanceStatus(stored: status)
        let what = status.isPaused ? TextStyle.stdout.yellow("paused") : TextStyle.stdout.green("not paused")
        return "\(what) since \(status.timestamp): \(status.msg.printable())"
    }
}

extension MaintenanceModule: CommandProvider {
    public static func commands(of product: Product) -> [Command] {
        let unreachable = "the storage, or the service that holds it, cannot be reached"
        return [
            Command(
                "maintenance on", "tell executors not to start new jobs", description: [Command.reach],
                options: [
                    .init("--message", "TEXT", "why, for people", isRequired: true),
                    .init("--wait", "return when no job runs any more; needs the module dispatch"),
                    .init("--timeout", "TIME", "how long to wait at most, such as 30m; by default as long as it takes"),
                    .config,
                ],
                examples: [
                    .init("\(product.name) maintenance on --message 'We need to upgrade'", "pause"),
                    .init(
                        "\(product.name) maintenance on --message 'We need to upgrade' --wait --timeout 30m",
                        "pause, and wait until it is safe to upgrade"),
                ],
                failure: "jobs still run behind --timeout, or \(unreachable)", check: MaintenanceWait.problem,
                perform: { try await MaintenanceCommand($0, .on).perform() }),
            Command(
                "maintenance off", "let executors start new jobs again", description: [Command.reach],
                options: [.init("--message", "TEXT", "for people; by default 'Maintenance is over.'"), .config],
                failure: unreachable, perform: { try await MaintenanceCommand($0, .off).perform() }),
            Command(
                "maintenance status", "tell whether new jobs must not be started", description: [Command.reach],
                options: [.json, .config], failure: unreachable,
                perform: { try await MaintenanceCommand($0, .status).perform() }),
        ]
    }
}

extension MaintenanceModule: StatusProvider {
    /// Whether executors are told to start nothing.
    public static func status(through door: ServiceDoor) async throws -> [StatusLine] {
        let status = try await door.get("/maintenance-status").json()
        let isPaused = status["paused"] == .bool(true)
        let since = (status["timestamp"]?.string ?? "").printable()
        let message = TextLayout.clip((status["msg"]?.string ?? "").printable(), to: 200)
        return [
            StatusLine(
                "paused", isPaused ? "yes, since \(since): \(message)" : "no", isPaused ? .warning : .good, json: status
            )
        ]
    }
}
