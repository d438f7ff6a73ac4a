import Kernel

/// The one document that every grant and every change of the maintenance flag writes, so that of two at the same time
/// one is repeated, and sees the other: a pause is true once it is acknowledged.
struct DispatchGate: Sendable {
    let collection: Collection
    let leases: LeaseRegister

    static let spec = CollectionSpec("dispatchgate", indexes: [.unique(.name)])

    private static let isGate = Filter.equal(.name, "gate")

    /// What it says.
    struct State: Sendable, Hashable {
        /// Of the last grant.
        var fence = 0
        var isPaused = false
        /// Counts the statuses: a change that changes nothing would not count as one.
        var posts = 0

        fileprivate static let schema = Schema.object(
            nil, .required("fence", \.fence, .integer()), .required("paused", \.isPaused, .boolean()),
            .required("posts", \.posts, .integer()), as: State.init)

        fileprivate var document: [UInt8] {
            var members = (Self.schema.json(of: self) ?? .null).object ?? JSONObject()
            members["name"] = "gate"
            return JSON.object(members).bytes
        }
    }

    /// What it says; if it is missing, it begins behind the leases that there are.
    func state(in transaction: any ReadTransaction) throws -> State {
        try stored(in: transaction) ?? State(fence: leases.highestFence(in: transaction))
    }

    private func stored(in transaction: any ReadTransaction) throws -> State? {
        try transaction.first(in: collection, Query(Self.isGate)).map { document in
            guard let state = State.schema.value(of: try document.json()) else {
                throw StoreError.corrupt("'dispatchgate' is not what this service has written")
            }
            return state
        }
    }

    /// Writes it, whether it was there or not.
    func write(in transaction: any WriteTransaction, _ change: (inout State) -> Void) throws {
        guard var state = try stored(in: transaction) else {
            // A grant that has no gate has put in leases of its own by now.
            var state = try state(in: transaction)
            change(&state)
            try transaction.insert(state.document, into: collection)
            return
        }
        change(&state)
        _ = try transaction.update(
            in: collection, where: Self.isGate,
            [
                .set("fence", .integer(Int64(state.fence))), .set("paused", .bool(state.isPaused)),
                .set("posts", .integer(Int64(state.posts))),
            ])
    }
}

extension FieldPath {
    fileprivate static let name: FieldPath = "name"
}
