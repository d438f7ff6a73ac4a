import Kernel

/// Arrays that grow.
enum GrowthChecks {
    private static let growing = GrowingArray(
        "log", maximum: 400, reserve: 200,
        marker: GrowingArray.Marker(in: "text", prefix: "… ", suffix: " left out"))
    private static let specs = [
        CollectionSpec("alpha", indexes: [.unique("key"), .lookup("tags[]")], growing: growing),
        CollectionSpec("beta", indexes: [.unique("key")]),
    ]

    /// An element of 40 bytes of JSON text.
    private static func line(_ number: Int) -> JSON {
        [
            "at": .integer(Int64(100 + number)),
            "text": .string("line \(100 + number) " + String(repeating: "x", count: 10)),
        ]
    }

    private static func grow(_ sample: Sample, _ growths: [Growth], _ changes: [Change] = []) async throws -> JSON? {
        try await sample.store.write { [alpha = sample.alpha] transaction in
            try transaction.update(in: alpha, where: .equal("key", "k"), changes + [.grow("log", growths)])?.json()
        }
    }

    private static func log(_ sample: Sample) async throws -> [JSON] {
        try await sample.find(Query(.equal("key", "k"))).first?["log"]?.array ?? []
    }

    @Sendable static func grows(_ database: any TestDatabase) async throws {
        for start: JSON in [
            ["n": 1, "key": "k", "log": []], ["n": 1, "key": "k", "log": [line(0)], "z": [1]], ["n": 1, "key": "k"],
        ] {
            let sample = try await Sample(database, specs: specs)
            try await sample.insert([["n": 0, "key": "other", "log": [line(9)]], start], into: sample.alpha)
            let before = start["log"]?.array ?? []
            let changed = try await grow(sample, [Growth(line(1)), Growth(line(2))], [.set("status", "s")])
            try expect(changed?["status"], is: "s", "the document as it is now")
            try expect(changed?["log"]?.array?.last, is: line(2), "the last element of the document as it is now")
            let unchanged = try await sample.store.write { [alpha = sample.alpha] in
                try $0.update(in: alpha, where: .equal("key", "k"), [.set("status", "t")])?.json()
            }
            try expect(unchanged?["log"]?.array?.last, is: line(2), "the last element, of an update that adds none")
            _ = try await grow(sample, [Growth(line(3))])
            try expect(.array(try await log(sample)), is: .array(before + [line(1), line(2), line(3)]), "the array")
            var query = Query(.equal("key", "k"))
            query.showsLastElementsOnly = true
            let last = try await sample.find(query).first
            try expect(last?["log"]?.array?.last, is: line(3), "the last element alone")
            try expect(last?["status"], is: "t", "the rest of a document that is shown with its last elements")
            try expect(try await sample.find().count == 2, "another number of documents")
            let store = try await sample.reopened(specs)
            let kept = try await store.read { [alpha = sample.alpha] in try $0.all(in: alpha) }
            try expect(
                kept.last?["log"], is: .array(before + [line(1), line(2), line(3)]), "the array after reopening")
            try expect(kept.first?["log"], is: [line(9)], "the array of another document")
            try await store.write { [alpha = sample.alpha] in
                try expect(try $0.delete(in: alpha, where: .all) == 2, "documents with arrays are not deleted")
                try $0.insert((["n": 1, "key": "k", "log": []] as JSON).bytes, into: alpha)
            }
            let fresh = try await store.read { [alpha = sample.alpha] in try $0.all(in: alpha) }
            try expect(fresh.first?["log"], is: [], "the array of a document behind others that are gone")
            try await store.write { [alpha = sample.alpha] in _ = try $0.delete(in: alpha, where: .all) }
            await store.close()
        }
    }

    @Sendable static func bounds(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, specs: specs)
        try await sample.insert([["n": 1, "key": "k", "log": []]], into: sample.alpha)
        for number in 0..<30 { _ = try await grow(sample, [Growth(line(number))]) }
        func marker(_ count: Int, _ newest: Int) -> JSON {
            ["at": .integer(Int64(100 + newest)), "text": .string("… \(count) left out")]
        }
        var wanted = try await log(sample)
        let kept = wanted.count - 1
        try expect((8...10).contains(kept), "\(kept) elements of 41 bytes fit into 400")
        try expect(.array(wanted), is: .array((0..<kept).map(line) + [marker(30 - kept, 29)]), "a full array")
        // Ordinary ones are left out from now on, short ones too; the reserve has room for some, and then for none.
        let short: JSON = ["at": 130, "text": "s"]
        _ = try await grow(sample, [Growth(line(31), .reserve), Growth(short)])
        wanted = (0..<kept).map(line) + [line(31), ["at": 130, "text": .string("… \(31 - kept) left out")]]
        try expect(.array(try await log(sample)), is: .array(wanted), "an array with an element in the reserve")
        for number in 40..<60 { _ = try await grow(sample, [Growth(line(number), .reserve)]) }
        let full = try await log(sample)
        try expect((12...17).contains(full.count), "\(full.count) elements with the reserve")
        let count = GrowthChecks.growing.marker.count(in: full.last ?? .null) ?? 0
        try expect(full.count - 1 + count == 52, "\(full.count - 1) elements and \(count) left out are not 52")
        let big: JSON = ["at": 200, "text": .string(String(repeating: "y", count: 5000))]
        let last = try await grow(
            sample,
            [
                Growth(line(70), .always), Growth(big, otherwise: ["at": 200, "text": "yyy"]), Growth(big),
            ])
        try expect(last?["log"]?.array?.last, is: marker(count + 1, 100), "the marker behind the last words")
        let end = try await log(sample)
        try expect(
            .array(Array(end.suffix(3))), is: [line(70), ["at": 200, "text": "yyy"], marker(count + 1, 100)],
            "the last words")
    }

    /// A document that comes with a full array, or with one beyond the bound, goes on as it was.
    @Sendable static func adoption(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, specs: specs)
        let marker: JSON = ["at": 1, "text": "… 7 left out"]
        let long = (0..<40).map(line)
        try await sample.insert([["n": 0, "key": "k", "log": .array([line(1), marker])]], into: sample.alpha)
        try await sample.insert([["n": 1, "key": "long", "log": .array(long)]], into: sample.alpha)
        try expect(.array(try await log(sample)), is: [line(1), marker], "an array that came with a marker")
        _ = try await grow(sample, [Growth(line(2)), Growth(line(3), .reserve)])
        try expect(
            .array(try await log(sample)), is: [line(1), line(3), ["at": 103, "text": "… 8 left out"]],
            "an array that came with a marker and has grown")
        try await sample.store.write { [alpha = sample.alpha] transaction in
            for _ in 0..<2 {
                _ = try transaction.update(in: alpha, where: .equal("key", "long"), [.grow("log", [Growth(line(50))])])
            }
        }
        let found = try await sample.find(Query(.equal("key", "long"))).first
        try expect(
            found?["log"], is: .array(long + [["at": 150, "text": "… 2 left out"]]), "an array beyond the bound")
    }

    @Sendable static func moves(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, specs: specs)
        let (alpha, beta) = (sample.alpha, sample.beta)
        try await sample.insert([["n": 1, "key": "k", "log": [line(0)], "z": 1]], into: alpha)
        for number in 1..<30 { _ = try await grow(sample, [Growth(line(number))]) }
        let before = try await log(sample)
        let end = Growth(line(80), .always)
        try await sample.store.write { transaction in
            let moved = try transaction.move(
                from: alpha, where: .equal("key", "k"), to: beta, [.set("z", 2), .grow("log", [end])])
            try expect(moved?.json()["z"], is: 2, "what has moved")
            try expect(moved?.json()["log"]?.array?.last?["at"], is: 180, "the last element of what has moved")
        }
        let moved = try await sample.find(in: beta).first
        var wanted = before
        let marker = wanted.removeLast()
        let count = growing.marker.count(in: marker) ?? 0
        wanted += [line(80), ["at": 180, "text": .string("… \(count) left out")]]
        try expect(moved?["log"], is: .array(wanted), "the array of what has moved")
        try expect(try await sample.find().isEmpty, "what has moved is still there")
        // The other way, it grows on.
        try await sample.store.write { _ = try $0.move(from: beta, where: .equal("key", "k"), to: alpha, []) }
        _ = try await grow(sample, [Growth(line(81)), Growth(line(82), .reserve)])
        wanted.insert(line(82), at: wanted.count - 1)
        wanted[wanted.count - 1] = ["at": 182, "text": .string("… \(count + 1) left out")]
        try expect(.array(try await log(sample)), is: .array(wanted), "the array of what has moved back")
    }

    @Sendable static func misuse(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, specs: specs)
        try await sample.insert(
            [["n": 1, "key": "k", "log": []], ["n": 2, "key": "odd", "log": "x"]], into: sample.alpha)
        for change: Change in [.append("log", [1]), .set("log", []), .unset("log"), .grow("other", [Growth(line(1))])] {
            try await expectError("a change \(change)", isMisuse) {
                _ = try await sample.store.write { [alpha = sample.alpha] in
                    try $0.update(in: alpha, where: .equal("key", "k"), [change])
                }
            }
        }
        try await expectError("an array that grows where none is", isCorrupt) {
            _ = try await sample.store.write { [alpha = sample.alpha] in
                try $0.update(in: alpha, where: .equal("key", "odd"), [.grow("log", [Growth(line(1))])])
            }
        }
        try expect(.array(try await log(sample)), is: [], "the array after changes that were refused")
    }
}
