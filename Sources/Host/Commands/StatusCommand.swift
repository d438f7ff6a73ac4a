import Kernel

/// `status`: what runs here and how it is, on one screen.
struct StatusCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    private struct Report: Sendable {
        let isReady: Bool
        /// Why it is not, for the message that goes with the exit code.
        let trouble: String
        let lines: [StatusLine]
    }

    func perform() async throws {
        let report = try await ServiceDoor.use(arguments) { try await look(through: $0) }
        if arguments.wantsJSON {
            var members = JSONObject()
            members["ready"] = .bool(report.isReady)
            for line in report.lines { members[line.label] = line.json }
            Terminal.print(JSON.object(members).text)
        } else {
            Terminal.print(text(report.lines))
        }
        guard report.isReady else { throw CommandFailure(report.trouble) }
    }

    private func look(through door: ServiceDoor) async throws -> Report {
        let assembly = try arguments.assembly()
        let health = try await door.health()
        var lines = [
            service(health, assembly), version(health),
            StatusLine("storage", place(assembly), json: .string(place(assembly))),
        ]
        for module in arguments.program.modules {
            guard let provider = module as? any StatusProvider.Type,
                assembly.modules.contains(where: { $0.id == module.manifest.id })
            else { continue }
            do {
                lines += try await provider.status(through: door)
            } catch {
                // The rest of the screen is worth having all the same.
                let words = ((error as? CommandFailure)?.message ?? error.words).printable()
                lines.append(
                    StatusLine(module.manifest.id, "cannot be told: \(words)", .bad, json: ["error": .string(words)]))
            }
        }
        let modules = assembly.modules.map(\.id)
        lines.append(
            StatusLine("modules", modules.joined(separator: ", "), json: .array(modules.map(JSON.string))))
        return Report(
            isReady: health?.isReady == true,
            trouble: health == nil ? "no service answers here" : "the service is not ready", lines: lines)
    }

    private func service(_ health: ServiceHealth?, _ assembly: Assembly) -> StatusLine {
        guard let health else {
            return StatusLine(
                "service", "not running: the storage was opened for this answer", .bad, json: ["running": false])
        }
        let started = health.version["startedAt"]?.string.flatMap { Timestamp($0) }
        let since = started.map { " for \(TimeSpan.text(from: $0, to: .now))" } ?? ""
        let json: JSON = [
            "running": true, "ready": .bool(health.isReady), "place": .string(health.place), "detail": health.detail,
            "startedAt": health.version["startedAt"],
        ]
        if health.isReady { return StatusLine("service", "ready, runs\(since)", .good, json: json) }
        let failed = (health.detail["checks"]?.array ?? []).filter { $0["status"]?.string != "ok" }.map { check in
            "\(check["name"]?.string ?? ""): \(check["reason"]?.string ?? "")".printable()
        }
        let why = failed.isEmpty ? (health.detail["message"]?.string ?? "").printable() : failed.joined(separator: "; ")
        return StatusLine("service", "not ready, runs\(since): \(why)", .bad, json: json)
    }

    /// What runs, and what asks if that is another version.
    private func version(_ health: ServiceHealth?) -> StatusLine {
        let own = arguments.program.product.version
        let running = (health?.version["version"]?.string ?? own).printable()
        let stack = health?.version["stack"]?.string.map { ", stack \($0.printable())" } ?? ""
        let commit = (health?.version["commit"]?.string ?? arguments.program.commit ?? "unknown").printable()
        let differs = running != own
        return StatusLine(
            "version", "\(running), commit \(commit)\(stack)" + (differs ? "; this program is \(own)" : ""),
            differs ? .warning : .plain,
            json: health?.version ?? ["version": .string(own)])
    }

    private func place(_ assembly: Assembly) -> String {
        assembly.databaseFile.map { "\(assembly.storage), \($0)" } ?? assembly.storage
    }

    private func text(_ lines: [StatusLine]) -> String {
        let style = TextStyle.stdout
        let width = (lines.map(\.label.count).max() ?? 0) + 2
        let room = Screen.current.map { max(20, $0.columns - width) }
        return lines.map { line in
            let text = room.map { TextLayout.clip(line.text, to: $0) } ?? line.text
            let painted =
                switch line.mood {
                case .plain: text
                case .good: style.green(text)
                case .warning: style.yellow(text)
                case .bad: style.red(text)
                }
            return style.bold(TextLayout.pad(line.label, to: width)) + painted
        }.joined(separator: "\n")
    }
}
