import Kernel

/// `webhooks list|replay|test`
struct WebhookCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func list() async throws {
        let webhooks = try await ServiceDoor.use(arguments) { try await $0.get("/webhooks").json() }
        guard !arguments.wantsJSON else { return Terminal.print(webhooks.text) }
        let rows = (webhooks.array ?? []).map { webhook -> [String] in
            let error = webhook["error"]?.string.map { "failing: \($0.printable())" } ?? "on"
            let behind = webhook["lag"].map(\.text) ?? "0"
            return [
                webhook["name"]?.string ?? "", webhook["off"]?.string.map { "off: \($0.printable())" } ?? error,
                "\(behind) behind", webhook["cursor"]?.string ?? "",
            ]
        }
        for line in TextLayout.table(rows) { Terminal.print(line) }
    }

    func replay() async throws {
        let name = arguments.operands[0]
        let body: JSON = ["after": .string(arguments["--after"] ?? "")]
        let reply = try await ServiceDoor.use(arguments) { door in
            try await door.send(.post, "/webhooks/\(PercentEncoding.encode(name))/replay", body).json()
        }
        Terminal.print("\(name) begins anew behind \(reply["after"]?.string ?? "")")
    }

    func test() async throws {
        let name = arguments.operands[0]
        let answer = try await ServiceDoor.use(arguments) { door in
            try await door.send(.post, "/webhooks/\(PercentEncoding.encode(name))/test").json()
        }
        if let problem = answer[TestWebhook.Answer.problem] ?? nil {
            throw CommandFailure(
                "\(name) has not taken the message: \(problem.printable())",
                remedy: "look at the endpoint's log, its URL and its secrets")
        }
        Terminal.print("\(name) has taken the message \(answer[TestWebhook.Answer.id] ?? "")")
    }
}

extension EventsModule: CommandProvider {
    public static func commands(of product: Product) -> [Command] {
        let unreachable = "the storage, or the service that holds it, cannot be reached"
        return [
            Command(
                "webhooks list", "show how the webhooks stand", description: [Command.reach],
                options: [.json, .config], failure: unreachable, perform: { try await WebhookCommand($0).list() }),
            Command(
                "webhooks replay", "have a webhook begin anew, and switch it on again", description: [Command.reach],
                operands: [.init("NAME", "the webhook, as the configuration names it")],
                options: [
                    .init(
                        "--after", "CURSOR", "behind which event: its id, or now or start", isRequired: true), .config,
                ],
                examples: [
                    .init("\(product.name) webhooks replay archive --after start", "deliver everything that is kept")
                ], failure: unreachable, perform: { try await WebhookCommand($0).replay() }),
            Command(
                "webhooks test", "send a webhook's endpoint a message that tells of nothing",
                description: [
                    "Its type ends in webhook.test, it is signed as events are, has no place among them, and is sent "
                        + "once.", Command.reach,
                ],
                operands: [.init("NAME", "the webhook, as the configuration names it")], options: [.config],
                failure: "the endpoint has not taken it, or there is no such webhook",
                perform: { try await WebhookCommand($0).test() }),
        ]
    }
}
