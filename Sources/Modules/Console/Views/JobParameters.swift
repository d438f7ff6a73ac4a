import Jobs
import Kernel

/// What a job was posted with: short values as facts, the manifest as a table.
struct JobParameters {
    private let members: [JSONObject.Member]
    private let manifest: JSON?

    init(_ job: Job) {
        let known = ["operation", "target", "bumpManifesto"]
        members = (job.parameters?.object?.members ?? []).filter { !known.contains($0.name) }
        manifest = job.parameters?["bumpManifesto"]
    }

    private static let names = [
        "description": "Description", "releaseStatus": "Release status", "bumpFromVersion": "From version",
        "bumpToVersion": "To version",
    ]

    func writeFacts(to list: inout HTML) {
        for member in members {
            list.fact(Self.names[member.name] ?? member.name) { value in
                value.element("span", ["dir": "auto", "class": "text"], text: member.value.string ?? member.value.text)
            }
        }
    }

    func writeManifest(to page: inout HTML) {
        guard let manifest else { return }
        page.heading("Manifest")
        page.element("dl", ["class": "facts"]) { list in
            for member in manifest.object?.members ?? [] where member.value.array == nil {
                list.fact(member.name) { value in
                    value.element("span", ["dir": "auto", "class": "text"], text: Self.words(member))
                }
            }
        }
        page.table("Updates of the manifest", ["Dataset", "Operation", "Release status", "Description"]) { body in
            for update in manifest["dataStructureUpdates"]?.array ?? [] {
                body.element("tr") { row in
                    for (heading, name, kind) in [
                        ("Dataset", "name", "main"), ("Operation", "operation", "word"),
                        ("Release status", "releaseStatus", "word"), ("Description", "description", "line"),
                    ] {
                        row.cell(heading, kind) { $0.data(update[name]?.string ?? "–") }
                    }
                }
            }
        }
    }

    private static func words(_ member: JSONObject.Member) -> String {
        if member.name == "releaseTime", case .integer(let seconds) = member.value,
            seconds > 0, seconds < 253_402_300_800
        {
            return Age.exact(Timestamp(microseconds: seconds * 1_000_000).description)
        }
        return member.value.string ?? (member.value.text == "null" ? "–" : member.value.text)
    }
}
