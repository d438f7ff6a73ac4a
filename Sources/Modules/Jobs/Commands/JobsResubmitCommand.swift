import Glibc
import Kernel

/// `jobs resubmit ID`: a new job with the parameters of an old one, through the route that clients post to.
struct JobsResubmitCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    /// What an option changes.
    private static let changes = [
        ("--operation", "operation"), ("--target", "target"), ("--description", "description"),
        ("--release-status", "releaseStatus"),
    ]

    static let options: [Command.Option] = [
        .init(
            "--operation", "OPERATION", "another operation", value: .choice(JobOperation.allCases.map(\.rawValue))),
        .init("--target", "TARGET", "another target"),
        .init("--description", "TEXT", "another description"),
        .init(
            "--release-status", "STATUS", "another release status",
            value: .choice(ReleaseStatus.allCases.map(\.rawValue))),
        .init(
            "--cookies", "FILE", "a file with the cookies 'authorization=…; user-info=…' of who posts it",
            value: .file),
        .json, .config,
    ]

    func perform() async throws {
        let headers = try arguments["--cookies"].map { Headers([("Cookie", try Self.cookies(in: $0))]) } ?? Headers()
        let id = arguments.operands[0]
        let job = try await ServiceDoor.use(arguments) { door in
            try await post(try await door.job(id), headers, through: door)
        }
        if arguments.wantsJSON { return Terminal.print(job.json.text) }
        Terminal.print("The job \(job.id) (\(job.operation) \(job.target)) is queued, with the parameters of \(id).")
    }

    private func post(_ old: JobView, _ headers: Headers, through door: ServiceDoor) async throws -> JobView {
        guard var parameters = old.json["parameters"]?.object else {
            throw CommandFailure("the job \(old.id) has no parameters that another one could have")
        }
        // What stands beside them, such as the part of the register that it is in, a new job is given in one.
        for member in old.json.object?.members ?? [] where !Self.ownMembers.contains(member.name) {
            parameters[member.name] = member.value
        }
        for (option, name) in Self.changes { arguments[option].map { parameters[name] = .string($0) } }
        let reply = try await door.send(.post, "/jobs", ["jobs": [.object(parameters)]], headers: headers)
        guard reply.status != 401 else {
            throw CommandFailure(
                reply.failure.message, remedy: "give the cookies of an administrator with --cookies FILE")
        }
        let posted = try reply.json().array?.first.flatMap(PostedJob.schema.value)
        guard let id = posted?.id else {
            throw CommandFailure((posted?.message ?? "the service does not say which job it has made").printable())
        }
        return try await door.job(id)
    }

    private static let ownMembers = ["jobId", "status", "parameters", "log", "createdAt", "createdBy"]

    /// The content of a file, on one line: a header field.
    private static func cookies(in file: String) throws -> String {
        guard let stream = fopen(file, "re") else {
            throw CommandFailure("cannot read \(file): \(String(cString: strerror(errno)))")
        }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, stream)
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.count == 1, let text = lines.first, text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) else {
            throw CommandFailure(
                "\(file) has no cookies on one line",
                remedy: "write 'authorization=TOKEN; user-info=TOKEN' into it, as a browser sends them")
        }
        return String(text)
    }
}
