import Kernel

/// `GET /console/live`: tells pages that something has changed, and what, so that they look again. They are told no more
/// than ten times a second; where others write to the same storage, once a second that something may have.
struct LiveStream: Sendable {
    let news: RegisterNews
    let register: SharedRegister
    let mostFollowers: Int

    private static let rest = Duration.milliseconds(100)
    private static let lookout = Duration.seconds(1)

    func respond() throws(HTTPError) -> Response {
        guard let follower = news.join(atMost: mostFollowers) else {
            throw HTTPError(
                .serviceUnavailable, code: "console.too-many-followers",
                message:
                    "\(mostFollowers) browsers follow already, which is as many as modules.console.followers admits",
                retryAfter: 30)
        }
        return .events { [news, register] writer in
            defer { withExtendedLifetime(follower) {} }
            var (seen, number) = (news.signal.count, news.changes(after: .max).number)
            try await writer.send(.settings(retry: .seconds(2)))
            try await writer.send(ServerSentEvent(type: "hello", data: "{}"))
            while true {
                if register.isShared {
                    _ = try await news.signal.wait(after: seen, atMost: Self.lookout)
                    seen = news.signal.count
                } else {
                    seen = try await news.signal.wait(after: seen)
                }
                let (names, next) = news.changes(after: number)
                number = next
                let known = register.isShared ? nil : names
                let data: JSON = ["names": known.map { .array($0.map(JSON.string)) }]
                try await writer.send(ServerSentEvent(type: "change", data: data))
                try await Task.sleep(for: Self.rest)
            }
        }
    }
}

/// Whether others write to the storage.
struct SharedRegister: Sendable {
    let store: any DocumentStore

    var isShared: Bool { store.isShared }
}

extension Operation {
    static let live = Operation(
        "Tells browsers that something has changed", access: .anyone, reply: .media(.eventStream),
        errors: [.serviceUnavailable: "As many follow as modules.console.followers admits"], isQuiet: true)
}
