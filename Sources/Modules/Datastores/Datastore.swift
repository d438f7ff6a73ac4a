import Jobs
import Kernel

/// One of the datastores that the platform keeps, as the configuration lists it.
struct Datastore: Sendable, Hashable {
    /// Its name in paths and jobs, such as `no.example.health`.
    let rdn: String
    /// Where the executor keeps it.
    let directory: String
    let name: String
    let description: String
    /// Whether new versions of it may be released.
    let isBumpEnabled: Bool

    var part: JobPartition.Part { JobPartition.Part(name: rdn, isBumpEnabled: isBumpEnabled) }
}

extension Datastore {
    /// - Parameter earlier: those that stand before it in the list.
    init(reading section: ConfigurationSection, beside earlier: [Datastore]) {
        let (rdn, directory) = (
            section.string("rdn", "Its name in paths and jobs") ?? "",
            section.string("directory", "Where the executor keeps it") ?? ""
        )
        self.rdn = rdn
        self.directory = directory
        name = section.string("name", default: rdn, "What people call it")
        description = section.string("description", default: "", "For people")
        isBumpEnabled = section.boolean("bumpEnabled", default: false, "Whether new versions of it may be released")

        if !Self.isUsable(rdn) {
            section.problem(
                "rdn", rdn.isEmpty ? "is required" : "is \(rdn.excerpt), which cannot name a datastore in a path",
                remedy: "give each datastore a name of letters, digits, '.', '_' and '-', such as no.example.health")
        } else if earlier.contains(where: { $0.rdn == rdn }) {
            section.problem(
                "rdn", "is \(rdn.excerpt), which an earlier datastore of the list is called",
                remedy: "give each datastore a name of its own")
        }
        if directory.isEmpty {
            section.problem("directory", "is required", remedy: "name the folder in which the executor keeps it")
        } else if earlier.contains(where: { $0.directory == directory }) {
            section.problem(
                "directory", "is \(directory.excerpt), where an earlier datastore of the list is kept",
                remedy: "give each datastore a folder of its own")
        }
    }

    /// Whether a name can be a segment of a path as it is, and is not the one that has another meaning there.
    private static func isUsable(_ rdn: String) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = rdn.utf8.first, isWord(first), rdn.utf8.count <= 128, rdn != "rdns" else { return false }
        return rdn.utf8.allSatisfy { isWord($0) || "._-".utf8.contains($0) }
    }
}
