import Kernel

/// `jobs show ID`
struct JobsShowCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func perform() async throws {
        let job = try await ServiceDoor.use(arguments) { try await $0.job(arguments.operands[0]) }
        Terminal.print(arguments.wantsJSON ? job.json.text : job.details(.stdout))
    }
}

extension ServiceDoor {
    /// - Throws: `CommandFailure` if there is no such job.
    func job(_ id: String) async throws -> JobView {
        JobView(json: try await get("/jobs/\(PercentEncoding.encode(id))").json())
    }
}
