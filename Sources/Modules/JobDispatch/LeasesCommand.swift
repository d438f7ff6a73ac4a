import Kernel

/// `leases list|resolve`
struct LeasesCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func list() async throws {
        let reply = try await ServiceDoor.use(arguments) { try await $0.get("/dispatch/leases").json() }
        guard !arguments.wantsJSON else { return Terminal.print(reply.text) }
        var problems: [FieldProblem] = []
        let leases = Schema.array(of: LeaseReply.schema).read(reply, problems: &problems) ?? []
        let rows = leases.map { lease in
            let state = lease.cancel.map { "\(lease.state.rawValue), to be cancelled: \($0.printable())" }
            return [
                lease.jobID.printable(), "\(lease.operation) \(lease.target)".printable(), lease.executor.printable(),
                "fence \(lease.fence)", "silent for \(lease.silentSeconds) s", state ?? lease.state.rawValue,
            ]
        }
        for line in TextLayout.table(rows) { Terminal.print(line) }
    }

    func resolve() async throws {
        let id = arguments.operands[0]
        let action = arguments["--action"] ?? ""
        let body: JSON = [
            "jobId": .string(id), "action": .string(action), "reason": .string(arguments["--reason"] ?? ""),
        ]
        _ = try await ServiceDoor.use(arguments) { try await $0.send(.post, "/dispatch/resolutions", body).json() }
        Terminal.print(action == "fail" ? "The job \(id) is failed; its target is free." : "The job \(id) is queued.")
    }
}

extension DispatchModule: CommandProvider {
    public static func commands(of product: Product) -> [Command] {
        let unreachable = "the storage, or the service that holds it, cannot be reached"
        return [
            Command(
                "leases list", "show which executor has which job, and which jobs are held",
                description: [Command.reach], options: [.json, .config], failure: unreachable,
                perform: { try await LeasesCommand($0).list() }),
            Command(
                "leases resolve", "say what becomes of a job that is held, since its executor was lost",
                description: [
                    "Make sure first that the executor works no more: nothing but its token keeps it from going on.",
                    Command.reach,
                ],
                operands: [.init("ID", "the job's jobId")],
                options: [
                    .init(
                        "--action", "ACTION", "requeue, to have it done again, or fail",
                        value: .choice(ResolutionBody.Action.allCases.map(\.rawValue)), isRequired: true),
                    .init("--reason", "TEXT", "why, for the job's log", isRequired: true), .config,
                ],
                examples: [
                    .init(
                        "\(product.name) leases resolve 5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00 --action requeue --reason "
                            + "'exec-1 was switched off'", "have it done again")
                ], failure: "the job is not held, or \(unreachable)",
                perform: { try await LeasesCommand($0).resolve() }),
        ]
    }
}
