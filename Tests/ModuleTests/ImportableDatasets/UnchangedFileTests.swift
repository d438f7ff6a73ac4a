import Glibc
import Kernel
import KernelTesting
import Testing

/// What is opened and when, as the kernel tells it.
@Suite("Unchanged tars")
struct UnchangedFileTests {
    @Test("an unchanged tar is not opened again, only a changed one")
    func unchanged() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A", "gnu:B", "gzipped:C", "cut_in_data:D", "garbage:E")
        try await folder.make("gnu:F", in: "archive")
        let all = ["A", "B", "C", "D", "E"].map { "\($0).tar" }
        try await folder.settle()
        try await withDatasets(in: folder, environment: InputFolder.settling(for: "0")) { client async throws in
            let (watch, archive) = (try OpenWatch(folder.path), try OpenWatch(folder.path + "/archive"))
            let first = try await client.datasets()
            #expect(first == ["A md", "B md", "C md", "F mda"])
            #expect(try watch.opened() == all)
            #expect(try archive.opened() == ["F.tar"])
            for _ in 1...10 { #expect(try await client.datasets() == first) }
            #expect(try watch.opened() == [])
            #expect(try archive.opened() == [])

            try await folder.make("only_metadata:B")
            _ = try watch.opened()
            #expect(try await client.datasets() == ["A md", "B m", "C md", "F mda"])
            #expect(try watch.opened() == ["B.tar"])
        }
    }

    @Test("new and removed tars do not make others be opened again")
    func additions() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:B", "gnu:D")
        try await folder.settle()
        try await withDatasets(in: folder) { client async throws in
            #expect(try await client.datasets() == ["B md", "D md"])
            try await folder.make("gnu:A", "gnu:C", "gnu:E")
            try await folder.shell("rm D.tar")
            let watch = try OpenWatch(folder.path)
            #expect(try await client.datasets() == ["A md", "B md", "C md", "E md"])
            #expect(try watch.opened() == ["A.tar", "C.tar", "E.tar"])
        }
    }

    @Test(
        "a change is noticed though size and modification time are as before",
        arguments: [
            "cp -p SET.tar ../old; python3 -c \"open('SET.tar','r+b').write(b'X')\"; touch -r ../old SET.tar",
            "truncate -s 10240 ../OTHER.tar; touch -r SET.tar ../OTHER.tar; mv ../OTHER.tar SET.tar",
        ])
    func disguisedChange(command: String) async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:SET")
        try await folder.make("garbage:OTHER", in: "..")
        try await withDatasets(in: folder) { client async throws in
            #expect(try await client.datasets() == ["SET md"])
            try await folder.shell(command)
            #expect(try await client.datasets() == [])
        }
    }

    @Test("requests that come at once share a look: each tar is opened once")
    func concurrent() async throws {
        let folder = try InputFolder()
        try await folder.makeMany(300)
        try await folder.settle()
        try await withDatasets(in: folder) { client async throws in
            let watch = try OpenWatch(folder.path)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...50 { group.addTask { try await client.datasets().count } }
                for try await count in group { #expect(count == 300) }
            }
            let opened = try watch.opened()
            #expect(opened.count == 300 && Set(opened).count == 300)
        }
    }

    @Test("who puts a tar there and then asks is told of it, however many others ask")
    func freshness() async throws {
        let folder = try InputFolder()
        try await folder.makeMany(100, in: "../outside")
        let isOver = Gate()
        try await withDatasets(in: folder) { client async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...4 {
                    group.addTask { while !isOver.isOpen { _ = try await client.datasets() } }
                }
                for index in 0..<100 {
                    let name = "SET_000\(index < 10 ? "0" : "")\(index)"
                    rename("\(folder.path)/../outside/\(name).tar", "\(folder.path)/\(name).tar")
                    #expect(try await client.datasets() == ["\(name) md"])
                    #expect(try await client.delete("/importable-datasets/\(name)").status == 200)
                    #expect(try await client.datasets() == [])
                }
                isOver.open()
                try await group.waitForAll()
            }
        }
    }

    @Test("a canceled request does not keep others waiting")
    func cancellation() async throws {
        let folder = try InputFolder()
        try await folder.makeMany(100)
        try await withDatasets(in: folder) { client async throws in
            let requests = (1...20).map { _ in Task { try await client.get("/importable-datasets").status } }
            for request in requests.dropFirst().prefix(10) { request.cancel() }
            #expect(try await requests[0].value == 200)
            #expect(try await requests[19].value == 200)
            for request in requests { #expect([200, 503].contains(try await request.value)) }
        }
    }
}
