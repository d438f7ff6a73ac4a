import Kernel

enum FilterChecks {
    /// One value of each kind, the easily confused ones side by side.
    static let values: [JSON] = [
        1, "1", true, "true", .null, "null", ["a": 1], #"{"a":1}"#, 0, false, "", "false", .number(1.5), "1.5",
    ]

    @Sendable static func types(_ database: any TestDatabase) async throws {
        let documents: [JSON] = values.enumerated().map { ["n": .integer(Int64($0)), "value": $1] }
        let sample = try await Sample(database, documents + [["n": 99]])
        for (number, value) in values.enumerated() {
            let isScalar = if case .object = value { false } else { value != .null }
            try await sample.expect(.equal("value", value), finds: isScalar ? [number] : [])
        }
    }

    @Sendable static func numbers(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database,
            [
                ["n": 0, "value": 1], ["n": 1, "value": .number(1)], ["n": 2, "value": 9_007_199_254_740_993],
                ["n": 3, "value": 9_007_199_254_740_992], ["n": 4, "value": .integer(.max)],
                ["n": 5, "value": .integer(.min)], ["n": 6, "value": .number(0.1)], ["n": 7, "value": .number(-1e300)],
                ["n": 8, "value": .number(1.2345678901234567)],
            ])
        try await sample.expect(.equal("value", 1), finds: [0, 1])
        try await sample.expect(.equal("value", .number(1)), finds: [0, 1])
        try await sample.expect(.equal("value", 9_007_199_254_740_993), finds: [2])
        try await sample.expect(.equal("value", 9_007_199_254_740_992), finds: [3])
        try await sample.expect(.equal("value", .integer(.max)), finds: [4])
        try await sample.expect(.equal("value", .integer(.min)), finds: [5])
        try await sample.expect(.equal("value", .number(0.1)), finds: [6])
        try await sample.expect(.equal("value", .number(-1e300)), finds: [7])
        try await sample.expect(.equal("value", .number(1.2345678901234567)), finds: [8])
        try await sample.expect(.among("value", [.number(0.1), 1, "x"]), finds: [0, 1, 6])
    }

    static let strings: [String] = [
        "", " ", "a", "A", "a ", "a\0", "a\0b", "\0", #"\u0000"#, #"a\u0000b"#, "\"", "\\", "\\\\", "\n", "\u{8}",
        "\u{7f}", "é", "e\u{301}", "日本", "👩‍👩‍👧", "\u{10ffff}", "'", "%", "_", "$", "x'; DROP TABLE alpha; --",
    ]

    @Sendable static func strings(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database, strings.enumerated().map { ["n": .integer(Int64($0)), "value": .string($1)] })
        for (number, string) in strings.enumerated() {
            try await sample.expect(.equal("value", .string(string)), finds: [number])
            try await sample.expect(.among("value", [.string(string), "none"]), finds: [number])
        }
        // The same strings, spelled with other escapes by who made the document.
        let text = #"{"n":100,"value":"\u0062\/\u00e9\b\u0000","\u006bey":"\u004b"}"#
        _ = try await sample.store.write { [alpha = sample.alpha] in try $0.insert(Array(text.utf8), into: alpha) }
        try await sample.expect(.equal("value", "b/é\u{8}\0"), finds: [100])
        try await sample.expect(.equal("key", "K"), finds: [100])
    }

    @Sendable static func paths(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database,
            [
                ["n": 0, "parameters": ["target": "T"]], ["n": 1, "parameters": "T"], ["n": 2, "parameters": ["T"]],
                ["n": 3, "parameters.target": "T"], ["n": 4, "target": "T"], ["n": 5, "parameters": .null],
                ["n": 6, "it's": ["select": ["odd key": ["-é": 7]]]], ["n": 7, "0": ["1": "x"]],
            ])
        try await sample.expect(.equal("parameters.target", "T"), finds: [0])
        try await sample.expect(.equal("it's.select.odd key.-é", 7), finds: [6])
        try await sample.expect(.equal("0.1", "x"), finds: [7])
        try await sample.expect(.equal("none.at.all", "x"), finds: [])
    }

    @Sendable static func among(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, (0..<20).map { ["n": .integer($0), "value": .integer($0 % 7)] })
        try await sample.expect(.among("value", []), finds: [])
        try await sample.expect(.among("value", [.null, [1]]), finds: [])
        for count in 1...9 {
            let wanted = (0..<20).filter { $0 % 7 < count }
            try await sample.expect(.among("value", (0..<count).map { .integer(Int64($0)) }), finds: wanted)
        }
        try await sample.expect(.among("value", ["0", 0, 0, true]), finds: [0, 7, 14])
        try await sample.expect(.among("none", [0]), finds: [])
    }

    @Sendable static func absent(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database,
            [
                ["n": 0, "parameters": ["target": "A"]], ["n": 1, "parameters": ["target": .null]],
                ["n": 2, "parameters": [:]], ["n": 3], ["n": 4, "parameters": "A"], ["n": 5, "key": 1],
            ])
        try await sample.expect(.absent("parameters.target"), finds: [2, 3, 4, 5])
        try await sample.expect(.absent("key"), finds: [0, 1, 2, 3, 4])
        try await sample.expect(
            .or([.equal("parameters.target", "A"), .absent("parameters.target")]), finds: [0, 2, 3, 4, 5])
        try await sample.expect(.and([.absent("key"), .equal("parameters.target", "A")]), finds: [0])
        _ = try await sample.store.write { [alpha = sample.alpha] transaction in
            try transaction.update(
                in: alpha, where: .absent("parameters.target"), [.set("parameters.target", "B")])
        }
        try await sample.expect(.absent("parameters.target"), finds: [3, 4, 5])
    }

    @Sendable static func behind(_ database: any TestDatabase) async throws {
        let texts = ["b", "a", "ab", "", "B", "é", "z", "a!", "a_", "A_1", "\u{1f600}", "\u{ffff}", "1", "true"]
        let others: [JSON] = [1, true, .null, ["z"], ["z": "z"], .number(1e300)]
        let documents = (texts.map(JSON.string) + others).enumerated().map { number, value -> JSON in
            ["n": .integer(Int64(number)), "parameters": ["target": value]]
        }
        let sample = try await Sample(database, documents + [["n": 99]])
        for text in texts + ["c", "~"] {
            let wanted = texts.indices.filter { text.utf8.lexicographicallyPrecedes(texts[$0].utf8) }
            try await sample.expect(.behind("parameters.target", text), finds: wanted)
            try await sample.expect(
                .and([.behind("parameters.target", text), .equal("parameters.target", "z")]),
                finds: wanted.filter { texts[$0] == "z" })
        }
        // How a list in the order of a field is read in pages.
        var pages: [String] = []
        while true {
            let filter = pages.last.map { Filter.behind("parameters.target", $0) } ?? .behind("parameters.target", "")
            let page = try await sample.find(Query(filter, order: .field("parameters.target"), limit: 3))
            pages += page.compactMap { $0["parameters"]?["target"]?.string }
            if page.isEmpty { break }
        }
        let wanted = texts.filter { !$0.isEmpty }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        try KernelTesting.expect(pages == wanted, "the pages are \(pages)")
    }

    @Sendable static func combinations(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database,
            (0..<12).map { ["n": .integer($0), "a": .integer($0 % 2), "b": .integer($0 % 3), "key": .integer($0)] })
        try await sample.expect(.all, finds: Array(0..<12))
        try await sample.expect(.and([]), finds: Array(0..<12))
        try await sample.expect(.or([]), finds: [])
        try await sample.expect(.and([.equal("a", 0), .equal("b", 0)]), finds: [0, 6])
        try await sample.expect(.or([.equal("a", 0), .equal("b", 0)]), finds: [0, 2, 3, 4, 6, 8, 9, 10])
        try await sample.expect(
            .and([.or([.equal("key", 3), .equal("key", 4), .equal("b", 2)]), .or([.equal("a", 1), .all])]),
            finds: [2, 3, 4, 5, 8, 11])
        try await sample.expect(
            .or([.and([.equal("a", 1), .equal("b", 1)]), .and([.equal("a", 0), .among("b", [2, 9])])]),
            finds: [1, 2, 7, 8])
        try await sample.expect(.and([.all, .or([.and([]), .or([])]), .equal("key", 5)]), finds: [5])
    }
}
