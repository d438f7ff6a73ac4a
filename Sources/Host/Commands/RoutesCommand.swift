import Kernel

/// `routes`: what this configuration serves.
struct RoutesCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        do {
            let assembly = try arguments.assembly()
            Terminal.print(arguments.wantsJSON ? json(assembly.routes).text : table(assembly.routes))
            return .success
        } catch {
            Terminal.print(error, of: arguments.program.product)
            return ExitCode(error)
        }
    }

    private func row(_ route: Route) -> [String] {
        [
            route.method.rawValue, route.pattern.description, route.module,
            (route.operation.access ?? .anyone).description, route.operation.summary,
        ]
    }

    private func table(_ routes: [Route]) -> String {
        var lines = TextLayout.table([["METHOD", "PATH", "MODULE", "ACCESS", "SUMMARY"]] + routes.map(row))
        lines[0] = TextStyle.stdout.bold(lines[0])
        return lines.joined(separator: "\n")
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
