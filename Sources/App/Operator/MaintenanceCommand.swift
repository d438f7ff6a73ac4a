import Kernel

/// `job-service maintenance on|off|status`
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

    func run() -> ExitCode {
        CommandFailure.reporting {
            let status = try await ServiceDoor.use(arguments) { door in
                switch action {
                case .on: try await set(true, arguments["--message"] ?? "", through: door)
                case .off: try await set(false, arguments["--message"] ?? "Maintenance is over.", through: door)
                case .status: try await door.get("/maintenance-status").json()
                }
            }
            Terminal.print(arguments.wantsJSON ? status.text : text(status))
        }
    }

    private func set(_ isPaused: Bool, _ message: String, through door: ServiceDoor) async throws -> JSON {
        try await door.send(.post, "/maintenance-status", ["msg": .string(message), "paused": .bool(isPaused)]).json()
    }

    private func text(_ status: JSON) -> String {
        let isPaused = status["paused"] == .bool(true)
        let what = isPaused ? Style.stdout.yellow("paused") : Style.stdout.green("not paused")
        return "\(what) since \(status["timestamp"]?.string ?? ""): \((status["msg"]?.string ?? "").printable())"
    }
}
