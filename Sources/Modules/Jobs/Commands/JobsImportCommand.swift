import Glibc
import Kernel

/// `jobs import FILE`: takes what `jobs export` has written back into the register. Jobs that are there are passed over,
/// so that an import which was interrupted goes on when it is done again.
struct JobsImportCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    /// Bytes of JSON of one request, unless a single job has more.
    private static let batchBytes = 1 << 18

    func perform() async throws {
        let path = arguments.operands[0]
        guard let file = path == "-" ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "re") else {
            throw CommandFailure("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        let lines = ExportedLines(file)
        var (seen, imported) = (0, 0)
        do {
            while let batch = try lines.next(most: ImportJobs.mostJobs, bytes: Self.batchBytes) {
                // Between two steps a service that wants to start has its turn.
                imported += try await ServiceDoor.use(arguments) { try await take(batch, through: $0) }
                seen += batch.jobs.count
                if Terminal.showsProgress { Terminal.printProgress("\(seen) jobs") }
            }
        } catch {
            endProgress()
            Terminal.printError("\(seen) jobs were read, and \(imported) of them imported.")
            throw error
        }
        endProgress()
        let known = seen - imported
        Terminal.print("\(imported) jobs were imported" + (known == 0 ? "." : "; \(known) were there already."))
    }

    private func take(_ batch: ExportedLines.Batch, through door: ServiceDoor) async throws -> Int {
        let reply = try await door.send(.post, "/jobs/imports", ["jobs": .array(batch.jobs.map(\.job))])
        guard reply.status == 400, let problem = reply.problem else {
            return try reply.json()[ImportJobs.Outcome.imported] ?? 0
        }
        // `jobs[3].status must be …`: the line is what people can find.
        let index = problem.split(separator: "]").first?.split(separator: "[").last.flatMap { Int($0) }
        let line = index.flatMap { $0 < batch.jobs.count ? batch.jobs[$0].line : nil }
        throw CommandFailure(
            (line.map { "line \($0): " } ?? "") + problem,
            remedy: "mend or remove it, and do the same again: what was imported is passed over")
    }

    private func endProgress() { if Terminal.showsProgress { Terminal.printProgress("") } }
}

extension ServiceReply {
    /// What is wrong with the request.
    fileprivate var problem: String? { (try? JSON(parsing: body))?["message"]?.string?.printable() }
}

/// Reads jobs, a line each.
private final class ExportedLines {
    struct Batch: Sendable {
        var jobs: [(line: Int, job: JSON)] = []
    }

    private let file: UnsafeMutablePointer<FILE>
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0
    private var line = 0

    init(_ file: UnsafeMutablePointer<FILE>) {
        self.file = file
    }

    deinit {
        free(buffer)
        fclose(file)
    }

    /// The next jobs; nil at the end.
    /// - Throws: `CommandFailure` naming the line that is no JSON object.
    func next(most count: Int, bytes most: Int) throws -> Batch? {
        var (batch, size) = (Batch(), 0)
        while batch.jobs.count < count, size < most {
            errno = 0
            let length = getline(&buffer, &capacity, file)
            guard length >= 0 else {
                guard errno == 0 else {
                    throw CommandFailure("cannot read on: \(String(cString: strerror(errno)))")
                }
                break
            }
            line += 1
            let bytes = UnsafeRawBufferPointer(start: buffer, count: length)
            guard bytes.contains(where: { $0 > UInt8(ascii: " ") }) else { continue }
            guard let job = try? JSON(parsing: Array(bytes)), job.object != nil else {
                throw CommandFailure(
                    "line \(line) is no JSON object", remedy: "import a file that 'jobs export' has written")
            }
            batch.jobs.append((line, job))
            size += length
        }
        return batch.jobs.isEmpty ? nil : batch
    }
}
