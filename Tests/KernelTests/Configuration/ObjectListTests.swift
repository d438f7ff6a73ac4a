import Kernel
import KernelTesting
import Testing

@Suite("Lists of objects")
struct ObjectListTests {
    private struct Item: Equatable {
        let name: String
        let isOpen: Bool
    }

    private static let variable = "JOB_SERVICE_ITEMS"

    private static func read(
        _ yaml: String, _ environment: [String: String] = [:]
    ) -> (items: [Item]?, problems: [BootIssue], listing: String) {
        let configuration = Configuration(yaml: yaml, environment: environment)
        let items = configuration.root.objects("items", "Things") { section in
            Item(
                name: section.string("name", default: "none", "What it is called"),
                isOpen: section.boolean("open", default: false, "Whether it is open"))
        }
        return (items, configuration.finish(), configuration.listing)
    }

    @Test("each object is read with its own keys and defaults")
    func file() {
        let read = Self.read("items:\n  - name: a\n    open: true\n  - {}\n  - {name: '${WHO:-nobody}'}\n")
        #expect(
            read.items == [
                Item(name: "a", isOpen: true), Item(name: "none", isOpen: false), Item(name: "nobody", isOpen: false),
            ])
        #expect(read.problems.isEmpty)
        #expect(read.listing.contains(#"items: [{"name":"a","open":true},{},"#))
    }

    @Test("a variable holds the list as JSON, and wins over the file")
    func environment() {
        let read = Self.read("items: [{name: a}]", [Self.variable: #"[{"name": "b", "open": true}, {"name": "c"}]"#])
        #expect(read.items == [Item(name: "b", isOpen: true), Item(name: "c", isOpen: false)])
        #expect(read.problems.isEmpty)
    }

    @Test("what is not said is an empty list", arguments: ["", "items: []"])
    func none(yaml: String) {
        let read = Self.read(yaml)
        #expect(read.items?.isEmpty == true)
        #expect(read.problems.isEmpty)
    }

    @Test("unknown keys and wrong values are told with their place, all of them")
    func wrong() {
        let read = Self.read("items:\n  - name: a\n    opn: true\n  - open: maybe\n")
        #expect(read.problems.map(\.what).contains("unknown key 'items[0].opn'"))
        #expect(read.problems.map(\.what).contains(#"items[1].open: must be true or false, not "maybe""#))
        #expect(Set(read.problems.map(\.origin)) == ["config.yaml:3:5", "config.yaml:4:11"])
    }

    @Test(
        "what is no list of objects is refused",
        arguments: ["items: a", "items: {name: a}", "items: [a]", "items:", "items: [[]]"])
    func noList(yaml: String) {
        let read = Self.read(yaml)
        #expect(read.items == nil)
        #expect(read.problems.count == 1)
        #expect(read.problems.allSatisfy { $0.what.hasPrefix("items: must ") && $0.origin != nil && $0.remedy != nil })
    }

    @Test("a variable that is no JSON list of objects is refused", arguments: ["", "a,b", "{}", "[1]", "[{]", "null"])
    func noJSON(text: String) {
        let read = Self.read("", [Self.variable: text])
        #expect(read.items == nil)
        #expect(read.problems.map(\.origin) == ["environment variable \(Self.variable)"])
    }
}
