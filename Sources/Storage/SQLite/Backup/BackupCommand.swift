import Glibc
import Kernel

/// `backup FILE`: copies the database beside FILE, and gives the copy that name when it is whole and on the
/// disk.
struct BackupCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        Interruption.watching(arguments) { try await backUp($0) }
    }

    private func backUp(_ interruption: Interruption) async throws {
        let assembly = try arguments.assembly()
        guard let database = assembly.databaseFile else {
            throw CommandFailure(
                "backup copies SQLite databases; the storage of this configuration is \(assembly.storage)",
                remedy:
                    "use mongodump, or '\(arguments.program.product.name) copy --from URL --to sqlite:FILE' while nothing writes to it",
                code: .usage)
        }
        guard access(database, F_OK) == 0 else {
            throw CommandFailure(
                "there is no database \(database): \(String(cString: strerror(errno)))",
                remedy: "run the command in the service's folder and with its environment, or name its configuration "
                    + "with --config FILE")
        }
        let file = OutputFile(
            arguments.operands[0], replaces: arguments.has("--force"), option: "--force",
            companions: ["-journal", "-wal", "-shm"])
        try file.check(isNotOf: database)
        try file.begin()
        let progress = Progress()
        do {
            try await assembly.backUp(to: file.temporaryPath) { step in
                if interruption.signal != nil { throw CommandFailure("interrupted; \(file.path) was not written") }
                progress.show(step)
            }
            progress.end()
            if interruption.signal != nil { throw CommandFailure("interrupted; \(file.path) was not written") }
            let bytes = try file.commit()
            Terminal.print("\(file.path): \(bytes) bytes, complete and checked")
        } catch {
            progress.end()
            file.abandon()
            throw error
        }
    }
}

extension OutputFile {
    /// - Throws: `CommandFailure` if it is the database, or a file beside it that belongs to it.
    fileprivate func check(isNotOf database: String) throws(CommandFailure) {
        var (present, source) = (stat(), stat())
        if stat(path, &present) == 0, stat(database, &source) == 0, present.st_ino == source.st_ino,
            present.st_dev == source.st_dev
        {
            throw CommandFailure("\(path) is the database itself", remedy: "name another file")
        }
        if ["-wal", "-shm", "-lock", "-control"].contains(where: { realPath == database + $0 }) {
            throw CommandFailure("\(path) is a file of the database", remedy: "name another file")
        }
    }
}

extension SQLiteDriver: CommandProvider {
    public static func commands(of product: Product) -> [Command] {
        [
            Command(
                "backup", "copy the SQLite database, also while the service runs",
                description: [
                    "The copy has everything that was acknowledged before the command began, as it was at one instant. "
                        + "It is written beside FILE, checked, made durable and then renamed: FILE is a whole copy or "
                        + "not there. Only the user who runs the command can read it. To go back to it, stop the service "
                        + "and put it in the place of the database, without the files -wal and -shm of the old one.",
                    "A MongoDB database is backed up with mongodump, or with \(product.name) copy while nothing writes "
                        + "to it.",
                ],
                operands: [.init("FILE", "where the copy is to be", value: .file)],
                options: [.init("--force", "replace FILE if it exists"), .config],
                examples: [
                    .init("\(product.name) backup /var/backups/\(product.exampleFile)", "while the service runs")
                ],
                failure: "the database is missing or damaged, FILE exists, or there is no room or right to write it",
                run: { BackupCommand($0).run() })
        ]
    }

    public static func manual(of product: Product) -> StorageManual {
        var manual = StorageManual("SQLite")
        manual.exampleURL = "sqlite:\(product.databaseFile)"
        manual.shortURL = "sqlite:\(product.exampleFile)"
        manual.files = [
            ("./\(product.databaseFile)", "The database, unless storage.url names another one."),
            (
                "./\(product.databaseFile)-control",
                "The socket through which commands reach the running service; for its user and root alone."
            ),
        ]
        manual.seeAlso = ["sqlite3(1)"]
        return manual
    }
}
