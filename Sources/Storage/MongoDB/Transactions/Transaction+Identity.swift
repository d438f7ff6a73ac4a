import Kernel

// The ids of new documents.
extension Transaction {
    /// - Parameter count: how many are wanted, with this one; all of them may be asked for at once.
    func nextID(for collection: Collection, _ layout: CollectionLayout, of count: Int = 1) throws -> ObjectID {
        try enterLane()
        if allotments[collection.ordinal]?.has(1) != true {
            if allotments[collection.ordinal] == nil, session != nil,
                let last = sequences.last(of: collection.ordinal)
            {
                allotments[collection.ordinal] = Allotment(behind: last)
            } else {
                try advance(collection, layout, by: count)
            }
        }
        // It has one now.
        return allotments[collection.ordinal]?.take() ?? .random
    }

    private func advance(_ collection: Collection, _ layout: CollectionLayout, by count: Int) throws {
        let reply = try run(
            .write, EntrySequence.advance(layout.name, in: client.own.sequences, by: count), matters: false)
        guard let ids = try EntrySequence.ids(reply, count: count) else {
            throw StoreError.corrupt("the sequence of \(layout.name) in \(client.own.sequences) is missing")
        }
        if allotments[collection.ordinal] == nil {
            allotments[collection.ordinal] = Allotment(ids)
        } else {
            allotments[collection.ordinal]?.extend(ids)
        }
    }

    /// The transactions of one process take turns to insert: they would only conflict on the sequences.
    private func enterLane() throws {
        guard !isInLane, let lane else { return }
        guard lane.enter(by: deadline) else {
            throw StoreError.unavailable(reason: "too many insert at the same time", retryAfter: 1)
        }
        isInLane = true
    }

    /// Moves the sequences on behind the ids that were only thought to be free. The last step before a commit.
    func moveSequences() throws {
        let moves = allotments.filter { $0.value.end == nil && $0.value.last != $0.value.start }.map {
            (name: layouts[$0.key].name, from: $0.value.start, to: $0.value.last)
        }.sorted { $0.name < $1.name }
        guard !moves.isEmpty, failure == nil else { return }
        let reply = try run(.write, EntrySequence.advance(moves, in: client.own.sequences))
        guard let moved = try? reply.integer("n"), moved == moves.count else {
            try fail(MongoDBError(staleSequencesOf: moves.map(\.name)))
        }
    }

    /// Remembers where its commit has left the sequences.
    func didCommit() {
        for (collection, ids) in allotments where ids.last != ids.start {
            sequences.didMove(collection, from: ids.start, to: ids.end ?? ids.last)
        }
    }

    /// What it has thought of the sequences may be wrong.
    func didFail() { sequences.distrust(allotments.keys) }
}
