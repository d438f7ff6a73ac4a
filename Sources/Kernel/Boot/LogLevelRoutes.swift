/// `GET` and `PUT /log-level`, for the command `log level` alone: what is logged, and something else for a while.
package struct LogLevelRoutes: Sendable {
    let writer: LogWriter
    let log: Logger

    package enum Level: String, Vocabulary {
        case debug, info, warning, error, critical
        /// Whatever the configuration says.
        case configured

        var level: LogLevel? { LogLevel.allCases.first { $0.name.lowercased().isExactly(rawValue) } }
    }

    struct Body: RequestBody {
        let level: Level
        let seconds: Int

        static let schema = Schema.object(
            "LogLevelChange", .required("level", .choice()), .required("seconds", .integer(1...86_400)), as: Body.init)
    }

    package struct Answer: ReplyBody {
        package let level: Level
        /// How long it still holds; nil if it is the configured one.
        package let seconds: Int?

        static let level = Property<Answer, Level>.required("level", \.level, .choice())
        static let seconds = Property<Answer, Int?>.optional("seconds", \.seconds, .integer(0...86_400))
        package static let schema = Schema.object("LogLevel", level, seconds, as: Answer.init)

        init(level: Level, seconds: Int?) {
            (self.level, self.seconds) = (level, seconds)
        }

        /// nil for what is no such answer.
        package init?(_ json: JSON) {
            guard let level = json[Self.level] else { return nil }
            self.init(level: level, seconds: json[Self.seconds])
        }
    }

    var routes: [Route] {
        [
            Route(.get, "/log-level", .getLogLevel) { _ in answer },
            Route(.put, "/log-level", .putLogLevel, .body(Body.self)) { request, body in
                writer.set(body.level.level, for: .seconds(body.seconds)) { tell(log, " again") }
                tell(log.with(request), body.level == .configured ? " again" : " for \(body.seconds) s")
                return answer
            },
        ]
    }

    private func tell(_ log: Logger, _ time: String) {
        writer.writeAtAnyLevel(log.entry(.warning, "the level of the log is \(writer.level.name)\(time)"))
    }

    private var answer: Answer {
        let name = Level(rawValue: writer.level.name.lowercased()) ?? .info
        let rest = writer.passing.map { max(0, Int(($0.end - .now) / .seconds(1))) }
        return Answer(level: name, seconds: rest)
    }
}

extension Operation {
    fileprivate static let getLogLevel = Operation(
        "Tells the least grave lines that are logged", access: .anyone, reply: .json(LogLevelRoutes.Answer.schema.json),
        isForCommands: true)
    fileprivate static let putLogLevel = Operation(
        "Logs more, or less, for a while", access: [.operator], reply: .json(LogLevelRoutes.Answer.schema.json),
        isForCommands: true)
}
