import Kernel

/// Lets clients follow what is posted: a stream, what happens after a commit, and work beside the requests, as the guide
/// shows them.
struct NewsModule: Module {
    static let manifest = Manifest(id: "news", summary: "What there is to know")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) {
        let news = News(store: kernel.store, collection: kernel.collection(CollectionSpec("news")))
        kernel.route(.post, "/news", Operation("Tells something", access: .anyone)) { request in
            try await news.add(request.body)
            return Response(body: .fixed(#"{"message":"OK"}"#))
        }
        kernel.route(.get, "/news", Operation("Follows what is told", access: .anyone, reply: .media(.eventStream))) {
            request in
            let last = request.lastEventID.flatMap { UInt64($0) }
            return .events { writer in
                try await news.follow(after: last.map { Position(low: $0) }, writer)
            }
        }
        kernel.every(.seconds(60), "removal of what is over") { try await news.removeWhatIsOver() }
    }
}

struct News: Sendable {
    let store: any DocumentStore
    let collection: Collection
    let changes = ChangeSignal()

    func add(_ document: [UInt8]) async throws {
        try await store.write { [collection, changes] transaction in
            try transaction.insert(document, into: collection)
            transaction.afterCommit { changes.notify() }
        }
    }

    func follow(after start: Position?, _ writer: EventWriter) async throws {
        var (after, seen) = (start, changes.count)
        while true {
            for document in try await batch(after) {
                try await writer.send(ServerSentEvent(id: "\(document.position.low)", data: document.bytes))
                after = document.position
            }
            seen = try await changes.wait(after: seen)
        }
    }

    /// All that is new; a register of any size would be read in parts.
    private func batch(_ after: Position?) async throws -> [Document] {
        try await store.read { [collection] transaction in
            var batch: [Document] = []
            try transaction.find(in: collection, Query(after: after)) {
                batch.append(Document(position: $0, bytes: $1))
                return .next
            }
            return batch
        }
    }

    func removeWhatIsOver() async throws {
        _ = try await store.write { [collection] in try $0.delete(in: collection, where: .equal("isOver", true)) }
    }
}
