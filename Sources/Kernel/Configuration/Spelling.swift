/// Finds what an operator probably meant.
package enum Spelling {
    /// The closest of `candidates`, if it is close enough to be worth suggesting. A name that differs only in letter
    /// case, `_` and `-`, or that stands in another section, is the closest of all.
    package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = normalized(name)
        let limit = wanted.count < 4 ? 1 : max(2, wanted.count / 3)
        var best: (candidate: String, distance: Int, sharedStart: Int)?
        for candidate in candidates {
            let offered = normalized(candidate)
            let isElsewhere = last(of: offered) == last(of: wanted)
            let distance = isElsewhere ? min(1, self.distance(wanted, offered)) : self.distance(wanted, offered)
            guard distance <= limit else { continue }
            // Of several as close, the one that begins alike is the likelier.
            let sharedStart = zip(wanted, offered).prefix { $0 == $1 }.count
            if let best, (best.distance, -best.sharedStart) <= (distance, -sharedStart) { continue }
            best = (candidate, distance, sharedStart)
        }
        return best?.candidate
    }

    /// The one of `candidates` that `name` differs from by no more than a slip: in letter case, underscores and dashes,
    /// and in one letter (two where the names are long) that is wrong, missing, too many, or swapped with its
    /// neighbour.
    static func slip(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = normalized(name)
        let limit = wanted.count < 28 ? 1 : 2
        return candidates.lazy.map { (candidate: $0, offered: normalized($0)) }
            .filter { abs($0.offered.count - wanted.count) <= limit }
            .map { (candidate: $0.candidate, distance: distance(wanted, $0.offered)) }
            .filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.candidate
    }

    /// Whether a name begins with `prefix`, or a slip away from it.
    static func begins(_ name: String, like prefix: String) -> Bool {
        let (name, prefix) = (normalized(name), normalized(prefix))
        return (-1...1).contains { distance(Array(name.prefix(prefix.count + $0)), prefix) <= 1 }
    }

    private static func normalized(_ name: String) -> [UInt8] {
        name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    /// What stands behind the last dot.
    private static func last(of name: [UInt8]) -> ArraySlice<UInt8> {
        name.lastIndex(of: UInt8(ascii: ".")).map { name[($0 + 1)...] } ?? name[...]
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours between two names (optimal string
    /// alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        // Longer names come from files and the environment; the cost grows with the square of their length.
        guard a.count <= 256, b.count <= 256 else { return .max }
        var beforePrevious: [Int] = []
        var previous = Array(0...b.count)
        for i in a.indices {
            var current = [i + 1]
            for j in b.indices {
                var best = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforePrevious[j - 1] + 1) }
                current.append(best)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[b.count]
    }
}
