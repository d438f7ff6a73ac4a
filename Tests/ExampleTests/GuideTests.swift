import KernelTesting
import Testing

@Suite("The guides for authors")
struct GuideTests {
    @Test(
        "every Swift block stands in the source file that it names",
        arguments: [("docs/writing-a-module.md", 16), ("docs/your-own-service.md", 6)])
    func blocks(guide: String, least: Int) throws {
        let blocks = try Guide(repositoryFile(guide)).blocks
        #expect(blocks.count >= least)
        for block in blocks {
            let file = try #require(block.file, "line \(block.line): no source file is named")
            let source = try repositoryFile(file)
            #expect(source.contains("\n\(block.text)\n"), "line \(block.line): \(file) has no such lines")
        }
    }

    @Test(
        "a block is found with the file that is named above it",
        arguments: [
            ("<!-- A.swift -->\n```swift\nlet a = 1\n```\n", "A.swift"),
            ("<!-- A.swift -->\n\nText\n\n```swift\nlet a = 1\n```\n", nil),
        ] as [(String, String?)])
    func parse(text: String, file: String?) {
        let blocks = Guide(text).blocks
        #expect(blocks.map(\.text) == ["let a = 1"])
        #expect(blocks.map(\.file) == [file])
    }
}

/// The Swift blocks of a Markdown text, each with the file named in a comment on the line above it.
private struct Guide {
    struct Block {
        let file: String?
        let line: Int
        let text: String
    }

    private(set) var blocks: [Block] = []

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var index = 0
        while index < lines.count {
            if lines[index] == "```swift" {
                let body = lines[(index + 1)...].prefix { $0 != "```" }
                let comment = index > 0 ? lines[index - 1] : ""
                let isNamed = comment.hasPrefix("<!-- ") && comment.hasSuffix(" -->")
                blocks.append(
                    Block(
                        file: isNamed ? String(comment.dropFirst(5).dropLast(4)) : nil, line: index + 1,
                        text: body.joined(separator: "\n")))
                index = body.endIndex
            }
            index += 1
        }
    }
}
