import Kernel

enum ChangeChecks {
    /// Applies `changes` to `before`, which is the only document, and expects `after` returned and kept.
    private static func expect(
        _ changes: [Change], turn before: JSON, into after: JSON, _ database: any TestDatabase, sample: Sample,
        file: StaticString = #fileID, line: UInt = #line
    ) async throws {
        let alpha = sample.alpha
        let returned = try await sample.store.write { transaction in
            try transaction.delete(in: alpha, where: .all)
            let position = try transaction.insert(before.bytes, into: alpha)
            let document = try transaction.update(in: alpha, where: .all, changes)
            try KernelTesting.expect(document?.position == position, "the position has changed", file: file, line: line)
            return document
        }
        try KernelTesting.expect(returned?.json(), is: after, "returned after \(changes)", file: file, line: line)
        let kept = try await sample.find()
        try KernelTesting.expect(kept.count == 1, "\(kept.count) documents", file: file, line: line)
        try KernelTesting.expect(kept.first, is: after, "kept after \(changes)", file: file, line: line)
    }

    @Sendable static func set(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        for value in FilterChecks.values + FilterChecks.strings.map(JSON.string) + [
            [], [1, [.null], ["a": "b"]], [:], .integer(.max), .integer(.min), .number(0.1), .number(1e300),
            .object(["odd \"key\" \\ é": "x"]),
        ] {
            try await expect(
                [.set("a", value)], turn: ["a": 1, "z": [1]], into: ["a": value, "z": [1]], database, sample: sample)
            try await expect(
                [.set("p.q.r", value)], turn: [:], into: ["p": ["q": ["r": value]]], database, sample: sample)
        }
        try await expect(
            [.set("p.q", 1), .set("p.r", 2), .set("s", 3)], turn: ["p": ["o": 0, "q": 9]],
            into: ["p": ["o": 0, "q": 1, "r": 2], "s": 3], database, sample: sample)
        try await expect([.set("p", 1)], turn: ["p": ["q": 1]], into: ["p": 1], database, sample: sample)
        try await expect(
            [.set("it's.odd key.é", 1)], turn: ["it's": [:]], into: ["it's": ["odd key": ["é": 1]]], database,
            sample: sample)
        try await expect([], turn: ["a": 1], into: ["a": 1], database, sample: sample)

        // What is not changed stays exactly as it was: numbers, escapes.
        let untouched = #"{"a":1,"big":12345678901234567890,"x":1.0E+2,"s":"\u0000\"\\\n é","d":-0.0}"#
        let before = try JSON(parsing: Array(untouched.utf8))
        var after = before.object ?? JSONObject()
        after["a"] = 2
        try await expect([.set("a", 2)], turn: before, into: .object(after), database, sample: sample)

        let deep = FieldPath(stringLiteral: (0..<40).map { "l\($0)" }.joined(separator: "."))
        let nested = (0..<40).reversed().reduce(JSON.integer(1)) { .object(["l\($1)": $0]) }
        try await expect([.set(deep, 1)], turn: [:], into: nested, database, sample: sample)
    }

    @Sendable static func unset(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        try await expect([.unset("a")], turn: ["a": 1, "b": 2], into: ["b": 2], database, sample: sample)
        try await expect([.unset("a.b")], turn: ["a": ["b": 1]], into: ["a": [:]], database, sample: sample)
        try await expect([.unset("a.b.c")], turn: ["a": 1], into: ["a": 1], database, sample: sample)
        try await expect([.unset("x"), .unset("y")], turn: ["x": .null], into: [:], database, sample: sample)
        try await expect(
            [.unset("p.a"), .set("p.b", 2), .append("p.c", [3])], turn: ["p": ["a": 1]],
            into: ["p": ["b": 2, "c": [3]]], database, sample: sample)
    }

    @Sendable static func append(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        try await expect([.append("log", ["a"])], turn: [:], into: ["log": ["a"]], database, sample: sample)
        try await expect([.append("log", ["a"])], turn: ["log": []], into: ["log": ["a"]], database, sample: sample)
        try await expect(
            [.append("log", [2, .null, ["m": "x\0\"]"]])], turn: ["log": [1, "é]"]],
            into: ["log": [1, "é]", 2, .null, ["m": "x\0\"]"]]], database, sample: sample)
        try await expect(
            [.append("log", [[1], []])], turn: ["log": [[]]], into: ["log": [[], [1], []]], database, sample: sample)
        try await expect([.append("log", [])], turn: [:], into: ["log": []], database, sample: sample)
        try await expect([.append("log", [])], turn: ["log": [1]], into: ["log": [1]], database, sample: sample)
        try await expect(
            [.append("p.q", [1]), .append("r", ["s"])], turn: ["r": ["t"]], into: ["p": ["q": [1]], "r": ["t", "s"]],
            database, sample: sample)
        let many = (0..<500).map { JSON.string("line \($0)") }
        try await expect(
            [.append("log", many), .set("status", "done")], turn: ["log": ["first"], "status": "new"],
            into: ["log": .array(["first"] + many), "status": "done"], database, sample: sample)
    }

    @Sendable static func first(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database, (0..<5).map { ["n": .integer($0), "parameters": ["target": .integer($0 % 2)]] })
        let alpha = sample.alpha
        let changed = try await sample.store.write {
            try $0.update(in: alpha, where: .equal("parameters.target", 1), [.set("seen", true)])
        }
        try KernelTesting.expect(changed?.json()["n"], is: 1, "the document that was changed")
        try await sample.expect(.equal("seen", true), finds: [1])
        let none = try await sample.store.write {
            try $0.update(in: alpha, where: .equal("n", 77), [.set("seen", true)])
        }
        try KernelTesting.expect(none == nil, "an update without a match returned \(String(describing: none))")
        try await sample.expect(.equal("seen", true), finds: [1])
        try KernelTesting.expect(try await sample.numbers() == [0, 1, 2, 3, 4], "an update changed the order")
    }

    @Sendable static func misfits(_ database: any TestDatabase) async throws {
        let document: JSON = ["n": 1, "text": "x", "list": [1], "nothing": .null, "object": [:]]
        let sample = try await Sample(database, [document])
        let alpha = sample.alpha
        let misfits: [[Change]] = [
            [.set("text.a", 1)], [.set("nothing.a", 1)], [.set("n.a.b", 1)], [.append("text", [1])],
            [.append("nothing", [1])], [.append("object", [1])], [.append("text.a", [1])],
            [.set("other", 1), .set("text.a", 1)], [.unset("n"), .append("object", [1])],
        ]
        for changes in misfits {
            try await expectError("\(changes)", isCorrupt) {
                _ = try await sample.store.write { try $0.update(in: alpha, where: .all, changes) }
            }
            try KernelTesting.expect(try await sample.find().first, is: document, "after \(changes)")
        }
    }

    @Sendable static func overlaps(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 1]])
        let alpha = sample.alpha
        let overlaps: [[Change]] = [
            [.set("a", 1), .set("a", 2)], [.set("a", 1), .unset("a.b")], [.append("a.b", [1]), .set("a", 1)],
            [.append("a", [1]), .append("a", [2])], [.set("a.b.c", 1), .set("x", 1), .unset("a.b")],
            [.set("a[]", 1)], [.set("a[].b", 1)], [.append("a[].b", [1])],
        ]
        for changes in overlaps {
            try await expectError("\(changes)", isMisuse) {
                _ = try await sample.store.write { try $0.update(in: alpha, where: .all, changes) }
            }
        }
        try KernelTesting.expect(try await sample.find().first, is: ["n": 1], "after refused changes")
        try await expect(
            [.set("ab", 1), .set("a", 2), .set("abc.a", 3)], turn: [:], into: ["ab": 1, "a": 2, "abc": ["a": 3]],
            database, sample: sample)
    }

    @Sendable static func upsert(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, (0..<3).map { ["n": .integer($0), "key": .integer($0)] })
        let alpha = sample.alpha
        try await sample.store.write { transaction in
            try transaction.upsert(
                (["n": 10, "key": 1, "new": true] as JSON).bytes, in: alpha, where: .equal("key", 1))
            try transaction.upsert((["n": 11, "key": 7] as JSON).bytes, in: alpha, where: .equal("key", 7))
            try transaction.upsert((["n": 12, "key": 7] as JSON).bytes, in: alpha, where: .equal("key", 7))
        }
        let left = try await sample.numbers()
        try KernelTesting.expect(left == [0, 10, 2, 12], "upserts left \(left)")
        try await sample.expect(.equal("key", 7), finds: [12])
    }

    @Sendable static func delete(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database, (0..<10).map { ["n": .integer($0), "value": .integer($0 % 3), "tags": ["x", "y"]] })
        let alpha = sample.alpha
        func delete(_ filter: Filter) async throws -> Int {
            try await sample.store.write { try $0.delete(in: alpha, where: filter) }
        }
        try KernelTesting.expect(try await delete(.equal("value", 1)) == 3, "the count of deleted documents")
        try KernelTesting.expect(try await delete(.equal("value", 1)) == 0, "the count of a second delete")
        try await sample.expect(.all, finds: [0, 2, 3, 5, 6, 8, 9])
        try KernelTesting.expect(try await delete(.all) == 7, "the count of a delete of all")
        try await sample.expect(.all, finds: [])
    }
}
