import Kernel

/// The shapes of what goes in and out of the jobs' routes.
enum JobSchemas {
    /// A target becomes a file name in the executor, hence the narrow alphabet.
    static let target = JSONSchema.string(
        lengths: 1...128, pattern: targetPattern, "The dataset, or DATASTORE", example: "MY_DATASET")

    static let targetPattern = JSONSchema.Pattern("^[A-Z][A-Z0-9_]*$") { name in
        guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    static let status = JSONSchema.choice(JobStatus.names, "Where the job is in its life")
    static let operation = JSONSchema.choice(JobOperation.names, "What the job does", example: "ADD")
    static let releaseStatus = JSONSchema.choice(ReleaseStatus.names, "What becomes of it with the next version")
    static let description = JSONSchema.string(lengths: 0...65_536, "For people", example: "A new dataset")

    static let bumpManifesto = JSONSchema.object(
        "BumpManifesto",
        [
            .required("version", .string(lengths: 0...128, example: "1.1.0.0")),
            .required("description", description),
            .required(
                "releaseTime", .integer(fromText: true, "Seconds since 1970-01-01; also accepted as digits in a string")
            ),
            .required("languageCode", .string(lengths: 0...32, example: "no")),
            .required("updateType", .nullable(.string(lengths: 0...128, example: "MINOR"))),
            .required(
                "dataStructureUpdates",
                .array(
                    of: .object(
                        "DataStructureUpdate",
                        [
                            .required("name", target),
                            .required("description", description),
                            .required("operation", .string(lengths: 0...128, example: "ADD")),
                            .required("releaseStatus", releaseStatus),
                        ]))),
        ], "What a new version of the datastore consists of")

    static let parameters: [JSONSchema.Property] = [
        .required("operation", operation),
        .required("target", target),
        .optional("description", description),
        .optional("releaseStatus", releaseStatus),
        .optional("bumpManifesto", bumpManifesto),
        // Older user interfaces send these, and parts of the manifest, as empty texts.
        .optional("bumpFromVersion", .string(lengths: 0...128)),
        .optional("bumpToVersion", .string(lengths: 0...128)),
    ]

    static func newJobs(_ newJob: JSONSchema) -> JSONSchema {
        .object("NewJobs", [.required("jobs", .array(of: newJob, "Created independently of each other"))])
    }

    /// How the body of POST is first read: an item that is wrong fails alone, so that items are read one by one.
    static let newJobsEnvelope = JSONSchema.object(nil, [.required("jobs", .array(of: .any()))])

    static let created = JSONSchema.array(
        of: .object(
            "PostedJob",
            [
                .optional("job_id", .string(format: "uuid", "Of a job that was created")),
                .required("status", .choice(["CREATED", "FAILED"])),
                .required("msg", .string("OK, or why the job was not created")),
            ]), "One element for each posted job, in order",
        example: [
            ["job_id": "5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00", "status": "CREATED", "msg": "OK"],
            ["status": "FAILED", "msg": "Job with target MY_DATASET already in progress"],
        ])

    static let update = JSONSchema.object(
        "JobUpdate",
        [
            .optional("jobId", .string(lengths: 1...JSONSchema.unlimited, "Which job, where the path does not say it")),
            .optional("status", status),
            .optional("description", description),
            .optional("log", .string("A line for the job's log")),
        ], "At least one of status, description and log",
        example: ["status": "failed", "log": "Unexpected failure"])

    /// What every job has.
    static let members: [JSONSchema.Property] = [
        .required("jobId", .string(example: "5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00")),
        .required("status", status),
        .required("parameters", .object("JobParameters", parameters)),
        .required(
            "log",
            .array(
                of: .object(
                    "LogLine",
                    [
                        .required("at", .timestamp),
                        .required("message", .string(example: "Set status: initiated")),
                    ]))),
        .required("createdAt", .timestamp),
        .required("createdBy", user),
    ]

    static let user = JSONSchema.object(
        "JobUser",
        [
            .required("userId", .string(example: "1234-1234-1234-1234")),
            .required("firstName", .string(example: "Test")),
            .required("lastName", .string(example: "User")),
        ])

    static let done = JSONSchema.object("Done", [.required("message", .string(example: "OK"))])
}
