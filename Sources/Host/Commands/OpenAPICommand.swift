import Kernel

/// `openapi`: the description that `/openapi.json` would serve.
struct OpenAPICommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        do {
            Terminal.print(OpenAPIDocument(try arguments.assembly()).json.text)
            return .success
        } catch {
            Terminal.print(error, of: arguments.program.product)
            return ExitCode(error)
        }
    }
}
