import Kernel

/// `job-service routes`: what this configuration serves.
struct RoutesCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        let configuration = arguments.configuration()
        _ = LoggingConfiguration(reading: configuration.root.section("logging", "The log"))
        do {
            let assembly = try Catalogue.assemble(configuration, log: Logger("routes", sink: ErrorSink()))
            Terminal.print(arguments.wantsJSON ? json(assembly.routes).text : table(assembly.routes))
            return .success
        } catch {
            Terminal.print(error)
            return ExitCode(error)
        }
    }

    private func row(_ route: Route) -> [String] {
        [
            route.method.rawValue, route.pattern.description, route.module,
            route.operation.access?.rawValue ?? Access.anyone.rawValue, route.operation.summary,
        ]
    }

    private func table(_ routes: [Route]) -> String {
        let rows = [["METHOD", "PATH", "MODULE", "ACCESS", "SUMMARY"]] + routes.map(row)
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 2) }.joined() + row[4]
        }.joined(separator: "\n")
    }

    private func json(_ routes: [Route]) -> JSON {
        .array(
            routes.map { route in
                let row = row(route)
                return [
                    "method": .string(row[0]), "path": .string(row[1]), "module": .string(row[2]),
                    "access": .string(row[3]), "summary": .string(row[4]),
                ]
            })
    }
}
