import Kernel

/// The shapes of what goes in and out of the jobs' routes.
enum JobSchemas {
    /// A target becomes a file name in the executor, hence the narrow alphabet.
    static let target = Schema.string(
        lengths: 1...128, pattern: targetPattern, "The dataset, or DATASTORE", example: "MY_DATASET")

    private static let targetPattern = JSONSchema.Pattern("^[A-Z][A-Z0-9_]*$") { name in
        guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    // Words, since jobs of newer services may have others.
    static let status = Schema<String>(.choice(JobStatus.names, statusSummary))
    static let operation = Schema<String>(.choice(JobOperation.names, "What the job does", example: "ADD"))
    static let releaseStatus = Schema<String>(.choice(ReleaseStatus.names, "What becomes of it with the next version"))

    static let statusSummary = "Where the job is in its life"
    static let description = Schema.string(lengths: 0...65_536, "For people", example: "A new dataset")

    static let parameters = [
        JobFields.operation.json, JobFields.target.json, JobFields.description.json, JobFields.releaseStatus.json,
        JobFields.bumpManifesto.json,
        JobFields.bumpFromVersion.json, JobFields.bumpToVersion.json,
    ]

    static func newJobs(_ newJob: JSONSchema) -> JSONSchema {
        .object("NewJobs", [.required("jobs", .array(of: newJob, "Created independently of each other"))])
    }

    /// How the body of POST is first read: an item that is wrong fails alone, so that items are read one by one.
    static let newJobsEnvelope = Schema<[JSON]>.object(nil, .required("jobs", .array(of: .any())), as: { $0 })

    static let user = JSONSchema.object(
        "JobUser",
        [
            JobFields.userID.json, JobFields.firstName.json, JobFields.lastName.json,
        ])

    static let done = JSONSchema.object("Done", [.required("message", .string(example: "OK"))])
}

/// What has become of one item of `POST /jobs`.
struct PostedJob: ReplyBody {
    enum Outcome: String, Vocabulary {
        case created = "CREATED"
        case failed = "FAILED"
    }

    let id: String?
    let outcome: Outcome
    let message: String

    static func created(_ id: UUID) -> PostedJob {
        PostedJob(id: id.description, outcome: .created, message: "OK")
    }

    static func failed(_ reason: String) -> PostedJob {
        PostedJob(id: nil, outcome: .failed, message: reason)
    }

    static let schema = Schema.object(
        "PostedJob", .optional("job_id", \.id, .string(format: .uuid, "Of a job that was created")),
        .required("status", \.outcome, .choice()),
        .required("msg", \.message, .string("OK, or why the job was not created")), as: PostedJob.init)

    static let list = Schema<[PostedJob]>.array(
        of: schema, "One element for each posted job, in order",
        example: [
            ["job_id": "5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00", "status": "CREATED", "msg": "OK"],
            ["status": "FAILED", "msg": "Job with target MY_DATASET already in progress"],
        ])
}
