/// Builds the text of a scrape: Prometheus's text format 0.0.4. Families come by name, the series of each in the order
/// in which they were added, so that two scrapes differ in their values alone.
struct Exposition {
    private struct Block {
        let family: MetricFamily
        var lines: [UInt8] = []
    }

    /// What precedes the names that are not standard.
    private let prefix: String
    private var blocks: [String: Block] = [:]

    init(prefix: String) {
        self.prefix = prefix
    }

    mutating func add(_ sample: MetricSample) {
        change(sample.family) { Self.put($0, sample.labels, sample.value, into: &$1) }
    }

    mutating func add(_ family: MetricFamily, _ labels: MetricLabels, _ histogram: Histogram) {
        add(family, labels, histogram.counts, bounds: histogram.bounds, scale: histogram.scale)
    }

    mutating func add(
        _ family: MetricFamily, _ labels: MetricLabels, _ counts: Histogram.Counts, bounds: [Int], scale: Double
    ) {
        change(family) { name, lines in
            var total = 0
            for (index, count) in counts.buckets.enumerated() {
                total += count
                let bound = index < bounds.count ? Double(bounds[index]) / scale : .infinity
                Self.put("\(name)_bucket", labels, le: bound, Double(total), into: &lines)
            }
            Self.put("\(name)_sum", labels, Double(counts.sum) / scale, into: &lines)
            Self.put("\(name)_count", labels, Double(total), into: &lines)
        }
    }

    var text: [UInt8] {
        var text: [UInt8] = []
        for (name, block) in blocks.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(Self.escaped(block.family.help, quotes: false))\n".utf8
            text += "# TYPE \(name) \(block.family.kind.rawValue)\n".utf8
            text += block.lines
        }
        return text
    }

    private mutating func change(_ family: MetricFamily, _ body: (_ name: String, inout [UInt8]) -> Void) {
        let name = family.isStandard ? family.name : prefix + family.name
        body(name, &blocks[name, default: Block(family: family)].lines)
    }

    private static func put(
        _ name: String, _ labels: MetricLabels, le bound: Double? = nil, _ value: Double, into lines: inout [UInt8]
    ) {
        lines += name.utf8
        if !labels.isEmpty || bound != nil {
            var separator = "{"
            for (label, value) in labels {
                lines += "\(separator)\(label)=\"\(escaped(value, quotes: true))\"".utf8
                separator = ","
            }
            if let bound { lines += "\(separator)le=\"\(number(bound))\"".utf8 }
            lines.append(UInt8(ascii: "}"))
        }
        lines += " \(number(value))\n".utf8
    }

    /// A value as Prometheus reads it: whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int(exactly: value).map(String.init) ?? String(value)
    }

    /// Backslashes and line feeds, and in the values of labels double quotes, are escaped.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || quotes && $0 == 0x22 }) else { return text }
        return text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
