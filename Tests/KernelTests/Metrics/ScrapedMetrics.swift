import Kernel
import KernelTesting

/// What a scrape has told, for tests.
struct ScrapedMetrics {
    let text: String
    /// By name and labels, as they stand: `name{label="value"}`.
    private let values: [Substring: Double]

    init(_ text: String) {
        self.text = text
        var values: [Substring: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            let value = line[line.index(after: space)...]
            values[line[..<space]] = value == "+Inf" ? .infinity : Double(value)
        }
        self.values = values
    }

    subscript(series: String) -> Double? { values[series[...]] }

    /// The series of one name, as they stand.
    func series(_ name: String) -> [String] {
        values.keys.filter { $0 == name || $0.hasPrefix("\(name){") }.map(String.init).sorted()
    }

    /// The lines of one family, HELP and TYPE among them.
    func family(_ name: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let own = lines.filter { line in
            let words = line.split(separator: " ")
            let named = line.hasPrefix("#") ? words.dropFirst(2).first ?? "" : words.first ?? ""
            return named.prefix { $0 != "{" }.hasPrefix(name)
        }
        return own.joined(separator: "\n")
    }
}

extension TestClient {
    func metrics() async throws -> ScrapedMetrics { ScrapedMetrics(try await get("/metrics").text) }
}
