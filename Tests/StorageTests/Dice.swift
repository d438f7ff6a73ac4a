import Kernel

/// A seeded source of documents, filters and changes that meet often: few names, few values, all of them awkward.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A number below `sides` (SplitMix64).
    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((z ^ (z >> 31)) % UInt64(sides))
    }

    mutating func one<Element>(of elements: [Element]) -> Element {
        elements[roll(elements.count)]
    }

    mutating func scalar() -> JSON {
        one(of: [
            1, .number(1), 2, .number(1.5), "1", "1.5", true, "true", false, "", "a", "b", "a\0", "a\0b", #"a\u0000"#,
            "é",
            "e\u{301}", "\"", "\\",
        ])
    }

    mutating func value() -> JSON {
        switch roll(6) {
        case 0: .null
        case 1: .array((0..<roll(3)).map { _ in scalar() })
        case 2: ["name": scalar(), "other": scalar()]
        default: scalar()
        }
    }

    mutating func document() -> JSON {
        var document = JSONObject()
        if roll(2) == 0 { document["key"] = roll(8) == 0 ? .null : scalar() }
        if roll(2) == 0 { document["a"] = value() }
        if roll(2) == 0 { document["p"] = roll(4) == 0 ? value() : ["t": value()] }
        if roll(2) == 0 { document["tags"] = roll(4) == 0 ? value() : .array((0..<roll(4)).map { _ in value() }) }
        if roll(3) == 0 { document["list"] = .array((0..<roll(4)).map { _ in value() }) }
        if roll(2) == 0 { document["text"] = .string(one(of: ["", "a", "A", "a!", "é", "b", "a\"", "ab"])) }
        return .object(document)
    }

    mutating func filter(depth: Int = 0) -> Filter {
        switch roll(depth < 2 ? 9 : 7) {
        case 0: .all
        case 1...2: .equal(one(of: ["key", "a", "p.t", "p", "a.name"]), value())
        case 3: .among(one(of: ["key", "a", "p.t"]), (0..<roll(5)).map { _ in scalar() })
        case 4...5: .contains("tags[]", value())
        case 6: .contains("list[].name", scalar())
        case 7: .and((0..<roll(3)).map { _ in filter(depth: depth + 1) })
        default: .or((0..<roll(4)).map { _ in filter(depth: depth + 1) })
        }
    }

    mutating func changes() -> [Change] {
        var changes: [Change] = []
        if roll(4) == 0 { changes.append(.set("key", scalar())) }
        if roll(3) == 0 { changes.append(one(of: [.set("a", value()), .unset("a"), .set("a.name", scalar())])) }
        if roll(3) == 0 { changes.append(one(of: [.set("p.t", value()), .unset("p.t"), .append("p.t", [value()])])) }
        if roll(2) == 0 {
            let values = (0..<roll(3)).map { _ in value() }
            changes.append(one(of: [.append("tags", values), .set("tags", .array(values)), .unset("tags")]))
        }
        if roll(4) == 0 { changes.append(one(of: [.append("list", [value(), value()]), .unset("list")])) }
        return changes
    }

    mutating func query(_ filter: Filter, positions: [Position]) -> Query {
        let order = one(of: [Query.Order.entry, .reverseEntry, .field("text")])
        let limit = roll(2) == 0 ? roll(6) : nil
        if case .field = order { return Query(filter, order: order, limit: limit) }
        let after = positions.isEmpty || roll(2) == 0 ? nil : one(of: positions)
        return Query(filter, order: order, after: after, limit: limit)
    }
}
