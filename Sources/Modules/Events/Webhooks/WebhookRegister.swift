import Kernel

/// How far each webhook has come, and which instance delivers to it. One document each.
struct WebhookRegister: Sendable {
    let store: any DocumentStore
    let collection: Collection
    /// Of this instance.
    let holder: String

    static let spec = CollectionSpec("webhooks", indexes: [.unique(.name)])
    /// For how long an instance may deliver without saying so again.
    static let lease = Duration.seconds(30)

    /// How a webhook stands.
    struct State: Sendable, Hashable {
        var cursor: EventCursor
        /// Counts the replays, so that whoever delivers notices one.
        var turn: Int64
        /// Why nothing is delivered any more, until a replay.
        var off: String?
        /// Since when deliveries fail.
        var failingSince: Timestamp?
        var error: String?
    }

    func states() async throws -> [(name: String, state: State)] {
        try await store.read { [collection] transaction in
            var states: [(String, State)] = []
            try transaction.find(in: collection, Query()) {
                let document = try Document(position: $0, bytes: $1).json()
                if let name = document["name"]?.string { states.append((name, State(document))) }
                return .next
            }
            return states
        }
    }

    /// Takes or keeps the right to deliver.
    /// - Returns: how the webhook stands; nil if another instance delivers.
    func hold(_ name: String, of log: EventLog, at now: Timestamp = .now) async throws -> State? {
        try await store.write { transaction in
            let isIt = Filter.equal(.name, .string(name))
            guard let document = try transaction.first(in: collection, Query(isIt))?.json() else {
                let state = State(cursor: try log.last(in: transaction) ?? .origin, turn: 0)
                try transaction.insert(write(state, name, until: now), into: collection)
                return state
            }
            let other = document["holder"]?.string
            let until = document["until"]?.string.flatMap { Timestamp($0) }
            let isHeld = other?.isExactly(holder) != true && until.map { $0 > now } ?? false
            // Nobody else can be there where the store is not shared: that was this instance before its last end.
            guard !isHeld || !store.isShared else { return nil }
            _ = try transaction.update(
                in: collection, where: isIt,
                [.set("holder", .string(holder)), .set("until", .string(Self.end(of: now).description))])
            return State(document)
        }
    }

    /// Writes down how far it has come.
    /// - Returns: false if it may deliver no more: another instance does, or is to begin anew.
    func save(_ state: State, of name: String, at now: Timestamp = .now) async throws -> Bool {
        try await store.write { transaction in
            let isIt = Filter.and([
                .equal(.name, .string(name)), .equal("holder", .string(holder)), .equal("turn", .integer(state.turn)),
            ])
            func optional(_ path: FieldPath, _ text: String?) -> Change {
                text.map { .set(path, .string($0)) } ?? .unset(path)
            }
            return try transaction.update(
                in: collection, where: isIt,
                [
                    .set("cursor", .string(state.cursor.description)),
                    .set("until", .string(Self.end(of: now).description)), optional("off", state.off),
                    optional("failingSince", state.failingSince?.description), optional("error", state.error),
                ]) != nil
        }
    }

    /// Has a webhook begin anew behind a cursor, whether it was switched off or not.
    /// - Returns: false if nothing is known of it.
    func replay(_ name: String, after cursor: EventCursor) async throws -> Bool {
        try await store.write { transaction in
            let isIt = Filter.equal(.name, .string(name))
            let known = try transaction.first(in: collection, Query(isIt))?.json()
            guard let known else { return false }
            let turn = State(known).turn + 1
            return try transaction.update(
                in: collection, where: isIt,
                [
                    .set("cursor", .string(cursor.description)), .set("turn", .integer(turn)), .unset("off"),
                    .unset("failingSince"), .unset("error"),
                ]) != nil
        }
    }

    private func write(_ state: State, _ name: String, until now: Timestamp) -> [UInt8] {
        let document: JSON = [
            "name": .string(name), "cursor": .string(state.cursor.description), "turn": .integer(state.turn),
            "holder": .string(holder), "until": .string(Self.end(of: now).description),
        ]
        return document.bytes
    }

    private static func end(of now: Timestamp) -> Timestamp {
        Timestamp(microseconds: now.microseconds + Int64(lease / .microseconds(1)))
    }
}

extension WebhookRegister.State {
    fileprivate init(_ document: JSON) {
        cursor = document["cursor"]?.string.flatMap(EventCursor.init) ?? .origin
        turn = if case .integer(let turn) = document["turn"] { turn } else { 0 }
        off = document["off"]?.string
        failingSince = document["failingSince"]?.string.flatMap { Timestamp($0) }
        error = document["error"]?.string
    }
}

extension FieldPath {
    fileprivate static let name: FieldPath = "name"
}
