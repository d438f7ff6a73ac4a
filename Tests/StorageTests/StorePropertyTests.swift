import Kernel
import KernelTesting
import Synchronization
import Testing

/// Random transactions on a store and on the model side by side: each verb must answer the same, and the documents
/// must be the same after each transaction, whether it was kept or rolled back.
@Suite("A SQLite store does what the model does")
struct StorePropertyTests {
    static let specs = ["first", "second"].map {
        CollectionSpec($0, indexes: [.unique("key"), .lookup("p.t"), .lookup("tags[]"), .lookup("list[].name")])
    }

    @Test("over random transactions", arguments: UInt64(1)...30)
    func random(seed: UInt64) async throws {
        let database = try SQLiteTestDatabase()
        var store = try await database.open(Self.specs)
        let pair = Mutex((model: StoreModel(), dice: Dice(seed: seed)))
        for round in 0..<40 {
            do {
                try await store.write { transaction in
                    try pair.withLock { pair in
                        let before = pair.model
                        for _ in 0..<pair.dice.roll(10) {
                            try Self.step(transaction, &pair.model, &pair.dice)
                        }
                        if pair.dice.roll(4) == 0 {
                            pair.model = before
                            throw RollBack()
                        }
                    }
                }
            } catch is RollBack {}
            if round % 20 == 19 {
                await store.close()
                store = try await database.open(Self.specs)
            }
            let model = pair.withLock { $0.model }
            for number in 0...1 {
                let kept = try await store.read { try Self.find($0, number, Query()) }
                #expect(kept == model.find(number, Query()).map(Row.init), "after transaction \(round)")
            }
        }
        await store.close()
    }

    private struct RollBack: Error {}

    struct Row: Equatable, Sendable {
        let position: Position
        let document: [UInt8]

        init(_ entry: StoreModel.Entry) {
            position = entry.position
            document = entry.document.normalized
        }
    }

    private static func collection(_ number: Int) -> Collection {
        Collection(name: specs[number].name, ordinal: number)
    }

    private static func find(_ transaction: any ReadTransaction, _ number: Int, _ query: Query) throws -> [Row] {
        var rows: [Row] = []
        try transaction.find(in: collection(number), query) { position, bytes in
            rows.append(Row(StoreModel.Entry(position: position, document: try JSON(parsing: bytes))))
            return .next
        }
        return rows
    }

    /// One random verb on both.
    private static func step(
        _ transaction: any WriteTransaction, _ model: inout StoreModel, _ dice: inout Dice
    ) throws {
        let number = dice.roll(2)
        let collection = collection(number)
        let filter = dice.filter()
        switch dice.roll(10) {
        case 0...2:
            let document = dice.document()
            let position = try outcome { try transaction.insert(document.bytes, into: collection) }
            let wanted = try outcome { try model.insert(document, at: position.value ?? Position(low: 0), number) }
            #expect(position.failure == wanted.failure, "inserting \(document.text)")
        case 3...4:
            let changes = dice.changes()
            let changed = try outcome { try transaction.update(in: collection, where: filter, changes) }
            let wanted = try outcome { try model.update(number, filter, changes) }
            #expect(changed.failure == wanted.failure, "updating \(filter) by \(changes)")
            let row = try changed.value?.map {
                Row(StoreModel.Entry(position: $0.position, document: try $0.json()))
            }
            #expect(row == wanted.value?.map(Row.init), "updating \(filter) by \(changes)")
        case 5:
            let document = dice.document()
            let done = try outcome { try transaction.upsert(document.bytes, in: collection, where: filter) }
            let wanted = try outcome {
                try model.upsert(document, number, filter) {
                    let last = try? transaction.first(in: collection, Query(order: .reverseEntry))
                    return last?.position ?? Position(low: 0)
                }
            }
            #expect(done.failure == wanted.failure, "upserting \(document.text) where \(filter)")
        case 6 where dice.roll(2) == 0:
            #expect(try transaction.delete(in: collection, where: filter) == model.delete(number, filter))
        default:
            let query = dice.query(filter, positions: model.collections[number].map(\.position))
            #expect(try find(transaction, number, query) == model.find(number, query).map(Row.init), "\(query)")
            let count = model.find(number, Query(filter)).count
            #expect(try transaction.count(in: collection, where: filter) == count, "\(filter)")
        }
    }

    /// What a verb returned, or which of the two expected failures it threw.
    private static func outcome<R>(_ body: () throws -> R) throws -> (value: R?, failure: StoreModel.Failure?) {
        do {
            return (try body(), nil)
        } catch StoreError.duplicateKey(_, "key") {
            return (nil, .duplicate)
        } catch StoreError.corrupt {
            return (nil, .misfit)
        } catch let failure as StoreModel.Failure {
            return (nil, failure)
        }
    }
}
