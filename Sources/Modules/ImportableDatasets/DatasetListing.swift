import Glibc
import Kernel

/// The list of importable datasets, kept from one look to the next: when nothing has changed, the same bytes are
/// answered again.
struct DatasetListing {
    private static let archiveName = "archive"

    private let directory: InputDirectory
    private let limits: TarLimits
    private let settle: Double
    private let log: Logger
    private var incoming: TarFolder
    private var archive: TarFolder
    private var archiveProblem: String?
    private var bytes = Array("[]".utf8)
    /// How many datasets are listed.
    private(set) var counts = (incoming: 0, archived: 0)

    init(_ directory: InputDirectory, limits: TarLimits, settle: Double, maximumFiles: Int, log: Logger) {
        self.directory = directory
        self.limits = limits
        self.settle = settle
        self.log = log
        incoming = TarFolder(label: directory.path, limit: maximumFiles)
        archive = TarFolder(label: "\(directory.path)/\(Self.archiveName)", limit: maximumFiles)
    }

    /// Looks at the directory and answers the list as JSON, by name; of two with one name, the archived one is last.
    /// - Throws: `InputDirectory.Unavailable`
    mutating func update() throws -> [UInt8] {
        let root = try directory.open()
        let inspector = Inspector(root: root, limits: limits, settle: settle)
        var hasChanged = false
        do {
            hasChanged = try incoming.update(from: root, inspector, log: log)
        } catch {
            throw directory.unreadable(error)
        }
        if updateArchive(in: root, inspector) { hasChanged = true }
        if hasChanged {
            bytes = json()
            counts = (Self.count(incoming), Self.count(archive))
        }
        return bytes
    }

    /// What the last look has left out, and why.
    func skipped() -> [SkippedDataset] {
        var skipped: [SkippedDataset] = []
        incoming.forEachSkipped { skipped.append(SkippedDataset(file: $0, reason: $1, isArchived: false)) }
        archive.forEachSkipped { skipped.append(SkippedDataset(file: $0, reason: $1, isArchived: true)) }
        if let archiveProblem {
            skipped.append(SkippedDataset(file: "\(Self.archiveName)/", reason: archiveProblem, isArchived: true))
        }
        return skipped
    }

    private mutating func updateArchive(in root: Descriptor, _ inspector: Inspector) -> Bool {
        do throws(SystemError) {
            let folder = try root.directory(Self.archiveName)
            let hasChanged = try archive.update(from: folder, inspector, log: log)
            archiveProblem = nil
            return hasChanged
        } catch {
            let problem = error.code == ENOENT ? nil : error.code == ENOTDIR ? "it is no folder" : error.description
            if let problem, problem != archiveProblem { log.warning("\(archive.label) is left out: \(problem)") }
            archiveProblem = problem
            defer { archive = TarFolder(label: archive.label, limit: archive.limit) }
            return !archive.isEmpty
        }
    }

    private static func count(_ folder: TarFolder) -> Int {
        var count = 0
        folder.forEachListed { _, _ in count += 1 }
        return count
    }

    private func json() -> [UInt8] {
        var items: [(name: String, isArchived: Bool, contents: TarContents)] = []
        incoming.forEachListed { items.append(($0.text, false, $1)) }
        archive.forEachListed { items.append(($0.text, true, $1)) }
        items.sort { $0.name != $1.name ? $0.name < $1.name : !$0.isArchived && $1.isArchived }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.count * 100 + 2)
        bytes.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            // A dataset's name needs no escapes.
            bytes.append(contentsOf: #"{"datasetName":""#.utf8)
            bytes.append(contentsOf: item.name.utf8)
            bytes.append(contentsOf: #"","hasMetadata":"#.utf8)
            bytes.append(contentsOf: item.contents.hasMetadata ? "true".utf8 : "false".utf8)
            bytes.append(contentsOf: #","hasData":"#.utf8)
            bytes.append(contentsOf: item.contents.hasData ? "true".utf8 : "false".utf8)
            bytes.append(contentsOf: #","isArchived":"#.utf8)
            bytes.append(contentsOf: item.isArchived ? "true}".utf8 : "false}".utf8)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}
