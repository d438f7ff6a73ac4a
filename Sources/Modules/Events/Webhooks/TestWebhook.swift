import Kernel

/// `POST /webhooks/{name}/test`, for the command `webhooks test` alone: sends the endpoint one message, signed as all
/// are, that tells of nothing. It is no event: it has no place among them, and is not tried again.
struct TestWebhook: Sendable {
    let senders: [String: WebhookSender]
    /// What the message's type begins with.
    let prefix: String
    let source: String

    struct Answer: ReplyBody {
        let id: String
        /// Why the endpoint has not taken it; nil if it has.
        let problem: String?

        static let id = Property<Answer, String>.required("id", \.id, .string("The message's webhook-id"))
        static let problem = Property<Answer, String?>.optional("problem", \.problem, .string())
        static let schema = Schema.object("WebhookTest", id, problem, as: Answer.init)
    }

    func respond(_ name: String) async throws -> Answer {
        guard let sender = senders.first(where: { $0.key.isExactly(name) })?.value else {
            throw HTTPError.noWebhook(name)
        }
        let id = "test-\(UUID())"
        let message: JSON = [
            "id": .string(id), "type": .string(prefix.isEmpty ? "webhook.test" : "\(prefix).webhook.test"),
            "subject": .string(name), "specversion": "1.0", "source": .string(source),
            "time": .string(Timestamp.now.description), "datacontenttype": "application/json",
            "data": ["webhook": .string(name)],
        ]
        let cancel = CancelFlag()
        let outcome = try await withTaskCancellationHandler {
            try await OwnThread.result("webhook-test") { sender.send(message.bytes, id: id, isCancelled: cancel) }
        } onCancel: {
            cancel.set()
        }
        return switch outcome {
        case .delivered: Answer(id: id, problem: nil)
        case .gone: Answer(id: id, problem: "the answer has status 410: it wants nothing any more")
        case .failed(let reason, _): Answer(id: id, problem: reason)
        }
    }
}

extension HTTPError {
    static func noWebhook(_ name: String) -> HTTPError {
        HTTPError(
            .notFound, code: "webhooks.not-found", message: "There is no webhook \(name.excerpt) in the configuration")
    }
}

extension Operation {
    static let testWebhook = Operation(
        "Sends a webhook's endpoint a message that tells of nothing", access: [.operator],
        reply: .json(TestWebhook.Answer.schema.json), errors: [.notFound: "The configuration has no such webhook"],
        isForCommands: true)
}
