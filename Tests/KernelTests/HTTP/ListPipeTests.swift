import KernelTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("A list that is read faster than its client takes it")
struct ListPipeTests {
    /// A snapshot that its store wants back when the test says so.
    private final class WantedSnapshot: Snapshot {
        let spools: SpoolArea?
        private let makeRoom = Mutex<(@Sendable () -> Void)?>(nil)

        init(spools: SpoolArea?) { self.spools = spools }

        func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
            throw StoreError.misuse("not read in this test")
        }

        func whenWanted(_ makeRoom: @escaping @Sendable () -> Void) { self.makeRoom.withLock { $0 = makeRoom } }

        func want() { makeRoom.withLock { $0 }?() }
    }

    private static let pieces = (0..<40).map { [UInt8](repeating: UInt8($0), count: 10_000) }

    /// Puts all pieces, then ends.
    private static func put(into pipe: ListPipe) async {
        do {
            for piece in pieces { try await pipe.put(piece) }
            pipe.finish(.success(()))
        } catch {
            pipe.finish(.failure(error))
        }
    }

    private static func rest(of pipe: ListPipe) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await pipe.next() { bytes += piece }
        return bytes
    }

    @Test("arrives whole, whether the snapshot is wanted or not", arguments: [nil, 0, 1, 17])
    func whole(wantedAfter count: Int?) async throws {
        let snapshot = WantedSnapshot(spools: SpoolArea(in: "/tmp", limit: 1 << 20, of: .tested))
        let pipe = ListPipe(reading: snapshot)
        let reading = Task { await Self.put(into: pipe) }
        var bytes: [UInt8] = []
        if let count {
            for _ in 0..<count { bytes += try await pipe.next() ?? [] }
            snapshot.want()
            // The reading comes to its end although nothing more is taken.
            await reading.value
        }
        bytes += try await Self.rest(of: pipe)
        #expect(bytes == Self.pieces.flatMap { $0 })
        await reading.value
    }

    @Test("keeps very large documents out of memory, each until it is taken")
    func large() async throws {
        let pipe = ListPipe(reading: WantedSnapshot(spools: SpoolArea(in: "/tmp", limit: 3 << 20, of: .tested)))
        let pieces = (1...3).map { [UInt8](repeating: $0, count: 2 << 20) } + [[4]]
        let reading = Task {
            for piece in pieces { try await pipe.put(piece) }
            pipe.finish(.success(()))
        }
        var bytes: [UInt8] = []
        while let piece = try await pipe.next() {
            #expect(piece.count < 1 << 20)
            bytes += piece
        }
        #expect(bytes == pieces.flatMap { $0 })
        try await reading.value
    }

    @Test("gives the snapshot back when it is read, not when it is written")
    func givesBack() async throws {
        weak var weakly: WantedSnapshot?
        let pipe: ListPipe
        do {
            let snapshot = WantedSnapshot(spools: SpoolArea(in: "/tmp", limit: 1 << 20, of: .tested))
            weakly = snapshot
            pipe = ListPipe(reading: snapshot)
            snapshot.want()
        }
        _ = pipe.takeSnapshot()
        await Self.put(into: pipe)
        #expect(weakly == nil)
        #expect(try await Self.rest(of: pipe).count == 400_000)
    }

    @Test("ends with an error, and not as if it were whole, if there is no room for its rest")
    func noRoom() async throws {
        let snapshot = WantedSnapshot(spools: SpoolArea(in: "/tmp", limit: 100_000, of: .tested))
        let pipe = ListPipe(reading: snapshot)
        snapshot.want()
        await Self.put(into: pipe)
        await #expect(throws: StoreError.self) { try await Self.rest(of: pipe) }
    }

    @Test("ends its reading when nobody takes it any more")
    func abandoned() async throws {
        let pipe = ListPipe(reading: WantedSnapshot(spools: nil))
        let reading = Task { await Self.put(into: pipe) }
        _ = try await pipe.next()
        pipe.finish(.success(()))
        await reading.value
    }
}
