import Glibc
import Kernel

/// The directory into which datasets are put, `NAME.tar` each, with an `archive` folder where earlier ones are kept.
struct InputDirectory: Sendable {
    let path: String

    /// Why the directory cannot be used now; for the log and the readiness check.
    struct Unavailable: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Unavailable`
    func open() throws(Unavailable) -> Descriptor {
        do {
            return try Descriptor.directory(path)
        } catch {
            throw unreadable(error)
        }
    }

    /// Whether the directory lets itself be listed and entered.
    /// - Throws: `Unavailable`
    func check() throws(Unavailable) {
        let directory = try open()
        do {
            _ = try directory.status(of: ".")
        } catch {
            throw unreadable(error)
        }
    }

    /// Removes the file of a dataset. Whatever lies elsewhere is safe: the name has no separator, it is looked up in
    /// the directory's descriptor, and a link is removed itself (unlinkat(2)).
    /// - Returns: false if there is no such file.
    /// - Throws: `Unavailable`
    func delete(_ dataset: DatasetName) throws(Unavailable) -> Bool {
        let directory = try open()
        do throws(SystemError) {
            let kind = FileKind(try directory.status(of: dataset.fileName))
            guard kind == .regular || kind == .link else { return false }
            try directory.unlink(dataset.fileName)
            return true
        } catch  where error.code == ENOENT || error.code == EISDIR {
            return false
        } catch {
            throw Unavailable(
                description: "\(dataset.fileName) in the input directory '\(path)' cannot be deleted: \(error)")
        }
    }

    /// Makes the directory and the folders above it where they are missing.
    /// - Throws: `Unavailable`
    func make() throws(Unavailable) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            if mkdir(String(path[..<end]), 0o700) != 0, errno != EEXIST {
                throw Unavailable(
                    description: "the input directory '\(path)' cannot be made: \(SystemError(errno))")
            }
        }
    }

    func unreadable(_ error: SystemError) -> Unavailable {
        Unavailable(description: "the input directory '\(path)' cannot be read: \(error)")
    }
}

extension Descriptor {
    /// Removes a file of this directory, and makes that durable.
    fileprivate func unlink(_ name: String) throws(SystemError) {
        guard unlinkat(fd, name, 0) == 0 else { throw SystemError(errno) }
        // EINVAL: a file system that knows no such thing.
        guard fsync(fd) == 0 || errno == EINVAL else { throw SystemError(errno) }
    }
}
