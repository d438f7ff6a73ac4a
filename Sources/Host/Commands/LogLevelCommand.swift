import Kernel

/// `log level [LEVEL] [--for TIME]`: what a running service logs, and something else for a while.
struct LogLevelCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    static func command(_ product: Product) -> Command {
        Command(
            "log level", "tell what a running service logs, or have it log more or less for a while",
            description: [
                "The service goes back to the configured level by itself. A service whose storage many may use has no "
                    + "control socket: change logging.level there, and send it SIGHUP."
            ],
            operands: [
                .init(
                    "LEVEL", "the least grave lines to be logged; configured to be back at once",
                    value: .choice(LogLevelRoutes.Level.allCases.map(\.rawValue)), isRequired: false)
            ],
            options: [.init("--for", "TIME", "for how long, a day at most; by default 10m"), .json, .config],
            examples: [
                .init("\(product.name) log level debug --for 10m", "look closely"),
                .init("\(product.name) log level configured", "that is enough"),
            ],
            failure: "no service is reached", check: problem, perform: { try await LogLevelCommand($0).perform() })
    }

    @Sendable private static func problem(of arguments: Arguments) -> String? {
        guard let text = arguments["--for"] else { return nil }
        guard !arguments.operands.isEmpty else { return "--for needs a LEVEL" }
        guard let seconds = seconds(text), (1...86_400).contains(seconds) else {
            return "--for must be a whole number with one of the units s, m, h, d, up to a day, not '\(text)'"
        }
        return nil
    }

    private static func seconds(_ text: String) -> Int64? { TimeSpan.microseconds(text).map { $0 / 1_000_000 } }

    func perform() async throws {
        let answer = try await ServiceDoor.use(arguments) { door in
            guard door.isService else {
                throw CommandFailure(
                    "no running service is reached whose log there is to change",
                    remedy: "where many may use the storage, change logging.level and send the service SIGHUP")
            }
            guard let level = arguments.operands.first else { return try await door.get("/log-level").json() }
            let seconds = Self.seconds(arguments["--for"] ?? "10m") ?? 600
            return try await door.send(.put, "/log-level", ["level": .string(level), "seconds": .integer(seconds)])
                .json()
        }
        Terminal.print(arguments.wantsJSON ? answer.text : try text(answer))
    }

    private func text(_ answer: JSON) throws -> String {
        guard let answer = LogLevelRoutes.Answer(answer) else { throw CommandFailure("the answer is not understood") }
        guard let seconds = answer.seconds else { return answer.level.rawValue }
        let (now, end) = (Timestamp(microseconds: 0), Timestamp(microseconds: Int64(seconds) * 1_000_000))
        return "\(answer.level.rawValue), for another \(TimeSpan.text(from: now, to: end))"
    }
}
