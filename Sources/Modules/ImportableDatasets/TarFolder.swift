import Kernel

/// One folder of tars and what is known of each. A look at it costs a system call for each unchanged file; only new
/// and changed ones are opened.
struct TarFolder {
    /// How the folder is called in the log.
    let label: String
    let limit: Int
    private var names = FileNames()
    /// In the order of `names`.
    private var files: [File] = []

    private struct File {
        /// Nil for a name that no dataset can have; such a file is not looked at.
        let dataset: DatasetName?
        var inspection: Inspection?
    }

    init(label: String, limit: Int) {
        self.label = label
        self.limit = limit
    }

    var isEmpty: Bool { files.isEmpty }

    /// Brings what is known up to date.
    /// - Returns: whether what is listed has changed.
    /// - Throws: `SystemError` if the folder cannot be read.
    mutating func update(from folder: Descriptor, _ inspector: Inspector, log: Logger) throws(SystemError) -> Bool {
        var hasChanged = try updateNames(from: folder, log: log)
        let now = Double.monotonicSeconds
        for index in files.indices {
            guard let dataset = files[index].dataset else { continue }
            let known = files[index].inspection
            let found = try names.withCString(index) { (name) throws(SystemError) in
                try inspector.inspect(name, in: folder, dataset, known: known, now: now)
            }
            guard var found else { continue }
            if let known, known.identity == found.identity { found.since = known.since }
            if isNews(found, known) { tell(found.finding, dataset, log) }
            if known?.finding.listed != found.finding.listed { hasChanged = true }
            files[index].inspection = found
        }
        return hasChanged
    }

    /// Calls `body` for each file that is to be listed.
    func forEachListed(_ body: (DatasetName, TarContents) -> Void) {
        for file in files {
            if let dataset = file.dataset, let contents = file.inspection?.finding.listed { body(dataset, contents) }
        }
    }

    /// Calls `body` for each file that is not to be listed, with the reason.
    func forEachSkipped(_ body: (_ file: String, _ reason: String) -> Void) {
        for (index, file) in files.enumerated() {
            guard let dataset = file.dataset else {
                body(String(decoding: names[index], as: UTF8.self), "no dataset can have this name")
                continue
            }
            switch file.inspection?.finding {
            case .skipped(let reason): body(dataset.fileName, reason)
            case .settling: body(dataset.fileName, "it may still be written to")
            case .tar(let contents) where !contents.hasMetadata:
                body(dataset.fileName, "it has no entry \(dataset.text).json")
            case .tar, nil: break
            }
        }
    }

    /// The same reason is told again only when the file has changed.
    private func isNews(_ found: Inspection, _ known: Inspection?) -> Bool {
        found.finding != known?.finding || found.identity != known?.identity
    }

    private func tell(_ finding: Finding, _ dataset: DatasetName, _ log: Logger) {
        switch finding {
        case .skipped(let reason): log.warning("\(label)/\(dataset.fileName) is skipped: \(reason)")
        case .tar(let contents) where contents.hasMetadata: break
        case .settling: log.debug("\(label)/\(dataset.fileName) is not listed yet: it may still be written to")
        case .tar: log.info("\(label)/\(dataset.fileName) is not listed: it has no entry \(dataset.text).json")
        }
    }

    private mutating func updateNames(from folder: Descriptor, log: Logger) throws(SystemError) -> Bool {
        let listed = try FileNames(in: folder, limit: limit)
        guard listed.bytes != names.bytes else { return false }
        if listed.isCut, !names.isCut {
            log.warning("\(label) has more than \(limit) tars; the others are left out, see maximumFiles")
        }
        var known: [ArraySlice<UInt8>: File] = [:]
        for (index, file) in files.enumerated() { known[names[index]] = file }
        files = (0..<listed.count).map { index in
            let name = listed[index]
            if let file = known[name] { return file }
            let dataset = DatasetName(ofFile: name)
            if dataset == nil {
                let shown = String(decoding: name, as: UTF8.self).excerpt
                log.info("\(label)/\(shown) is not listed: no dataset can have this name")
            }
            return File(dataset: dataset)
        }
        names = listed
        return true
    }
}
