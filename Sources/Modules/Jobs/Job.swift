import Kernel

/// A job as it is kept, whoever has written it: what it lacks, or has in another form, is nil.
public struct Job: Sendable {
    public let json: JSON

    public init(_ json: JSON) {
        self.json = json
    }

    init(_ document: Document) throws {
        self.init(try document.json())
    }

    public var id: String? { json[JobFields.id] }
    /// Where it is in its life, in its own word, which this version need not know.
    public var statusName: String? { json[JobFields.status] }
    public var status: JobStatus? { statusName.flatMap(JobStatus.init) }
    /// What it does, in its own word, which this version need not know.
    public var operationName: String? { parameters?[JobFields.operation] }
    public var operation: JobOperation? { operationName.flatMap(JobOperation.init) }
    public var target: String? { parameters?[JobFields.target] }
    public var releaseStatus: String? { parameters?[JobFields.releaseStatus] }
    public var bumpFromVersion: String? { parameters?[JobFields.bumpFromVersion] }
    public var bumpToVersion: String? { parameters?[JobFields.bumpToVersion] }
    /// What it was posted with.
    public var parameters: JSON? { json[JobFields.parameters] }
    /// What a BUMP makes of datasets.
    public var updates: [DatasetUpdate] {
        let updates = parameters?[JobFields.bumpManifesto]?[BumpManifesto.updates]?.array ?? []
        return updates.compactMap(DatasetUpdate.init)
    }
    /// RFC 3339.
    public var createdAt: String? { json[JobFields.createdAt] }
    /// The user who posted it.
    public var createdBy: JSON? { json[JobFields.createdBy] }
    /// When something was last done to it that its log tells of. RFC 3339.
    public var lastLineAt: String? { json[JobFields.log]?.array?.last?[LogLine.at] }

    public var lines: [LogLine] {
        (json[JobFields.log]?.array ?? []).map { LogLine(at: $0[LogLine.at] ?? "", message: $0[LogLine.message] ?? "") }
    }
    /// The names of the user who posted it.
    public var createdByNames: [String] {
        [JobFields.firstName, JobFields.lastName].compactMap { name in createdBy.flatMap { $0[name] } }
    }
}

/// What a BUMP makes of one dataset.
public struct DatasetUpdate: Sendable {
    public let name: String
    /// nil for a word that this version does not know.
    public let releaseStatus: ReleaseStatus?

    /// nil if it names none.
    fileprivate init?(_ json: JSON) {
        guard let name = json[BumpManifesto.name] else { return nil }
        self.name = name
        releaseStatus = json[BumpManifesto.releaseStatus].flatMap(ReleaseStatus.init)
    }
}

/// The properties of a job.
enum JobFields {
    static let id = Property<Job, String>.required("jobId", .string(example: "5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00"))
    static let status = Property<Job, String>.required("status", JobSchemas.status)
    static let parameters = Property<Job, JSON>.required(
        "parameters", Schema(.object("JobParameters", JobSchemas.parameters)))
    static let log = Property<Job, JSON>.required("log", Schema(.array(of: LogLine.schema.json)))
    static let createdAt = Property<Job, String>.required("createdAt", .timestamp)
    static let createdBy = Property<Job, JSON>.required("createdBy", Schema(JobSchemas.user))
    static let userID = Property<Job, String>.required("userId", .string(example: "1234-1234-1234-1234"))
    static let firstName = Property<Job, String>.required("firstName", .string(example: "Test"))
    static let lastName = Property<Job, String>.required("lastName", .string(example: "User"))

    /// What every job has.
    static let members = [id.json, status.json, parameters.json, log.json, createdAt.json, createdBy.json]
}

// The parameters.
extension JobFields {
    static let operation = Property<Job, String>.required("operation", JobSchemas.operation)
    static let target = Property<Job, String>.required("target", JobSchemas.target)
    static let description = Property<Job, String?>.optional("description", JobSchemas.description)
    static let releaseStatus = Property<Job, String?>.optional("releaseStatus", JobSchemas.releaseStatus)
    static let bumpManifesto = Property<Job, JSON?>.optional("bumpManifesto", Schema(BumpManifesto.schema))
    // Older user interfaces send these, and parts of the manifest, as empty texts.
    static let bumpFromVersion = Property<Job, String?>.optional("bumpFromVersion", .string(lengths: 0...128))
    static let bumpToVersion = Property<Job, String?>.optional("bumpToVersion", .string(lengths: 0...128))
}

/// One line of a job's log.
public struct LogLine: Sendable {
    /// RFC 3339.
    public let at: String
    public let message: String

    static let at = Property<LogLine, String>.required("at", \.at, .timestamp)
    static let message = Property<LogLine, String>.required(
        "message", \.message, .string(example: "Set status: initiated"))
    static let schema = Schema.object("LogLine", at, message, as: LogLine.init)
}

/// What a new version of the datastore consists of.
enum BumpManifesto {
    static let updates = Property<Job, JSON>.required(
        "dataStructureUpdates",
        Schema(
            .array(
                of: .object(
                    "DataStructureUpdate",
                    [
                        name.json, .required("description", JobSchemas.description.json),
                        .required("operation", .string(lengths: 0...128, example: "ADD")), releaseStatus.json,
                    ]))))

    static let name = Property<DatasetUpdate, String>.required("name", JobSchemas.target)
    static let releaseStatus = Property<DatasetUpdate, String>.required("releaseStatus", JobSchemas.releaseStatus)

    static let schema = JSONSchema.object(
        "BumpManifesto",
        [
            .required("version", .string(lengths: 0...128, example: "1.1.0.0")),
            .required("description", JobSchemas.description.json),
            .required(
                "releaseTime", .integer(fromText: true, "Seconds since 1970-01-01; also accepted as digits in a string")
            ),
            .required("languageCode", .string(lengths: 0...32, example: "no")),
            .required("updateType", .nullable(.string(lengths: 0...128, example: "MINOR"))),
            updates.json,
        ], "What a new version of the datastore consists of")
}
