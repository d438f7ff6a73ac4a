import Glibc
import Kernel

extension SQLiteDriver {
    /// Reads a copy in a temporary folder, made of the file as it is. So a source of an older layout, or without some
    /// of the collections, reads like any other, and may lie where nothing can be written.
    public func openSource(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        guard let source = file else {
            throw BootIssue(
                .environment, "there is nothing to read in a database that does not outlive its process",
                remedy: "name its file: sqlite:/absolute/path.db")
        }
        return try await onOwnThread("sqlite-open") {
            let copy = try copyAside(source)
            return try openStore(collections, in: copy, log: log)
        }
    }

    private func copyAside(_ source: String) throws -> DatabaseFile {
        guard access(source, F_OK) == 0 else {
            throw DatabaseFile.issue("there is no database \(source)", errno, source)
        }
        let lock = try FileLock(readingBeside: source, settings.lockPatience)
        defer { lock?.release() }
        // A service that was killed leaves a log, which SQLite reads by an index in a file of its own.
        let isAtRest = DatabaseFile.logBytes(of: source) == 0
        let hadIndex = access(source + "-shm", F_OK) == 0
        defer { if !isAtRest, !hadIndex { unlink(source + "-shm") } }
        let copy = try DatabaseFile(.temporary, settings)
        do {
            var backup = Backup(from: source, to: copy.path, busyTimeout: settings.busyTimeout)
            backup.role = .source(isAtRest: isAtRest)
            try backup.copy { _ in }.close()
            return copy
        } catch let error as SQLiteError {
            copy.release()
            throw SQLiteDriver.backupIssue(error, from: source)
        } catch {
            copy.release()
            throw error
        }
    }
}
