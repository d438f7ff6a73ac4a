import Jobs
import Kernel

/// What the targets' routes are for, for those who call them.
extension Operation {
    static func listTargets(_ form: TargetForm) -> Operation {
        Operation(
            "Lists all targets by name", access: .anyone, reply: .json(.array(of: form.target)),
            errors: [.serviceUnavailable: "They are being derived from jobs, which takes long the first time"])
    }

    static func listJobsOfTarget(_ form: JobForm) -> Operation {
        Operation(
            "Lists the jobs of a target, and the BUMP jobs whose manifest names it", access: .anyone,
            reply: .json(.array(of: form.job)))
    }
}

extension Target {
    /// What every target has.
    static let members: [JSONSchema.Property] = [
        .required("name", .string(example: "MY_DATASET")),
        .required("lastUpdatedAt", .timestamp),
        .required("status", .choice(JobStatus.allCases.map(\.rawValue), "Of the job that touched it last")),
        .required("lastUpdatedBy", JobList.userSchema),
        .required(
            "action",
            .array(
                of: .string(example: "ADD"),
                "[operation], [SET_STATUS, release status], [BUMP, from, to], [RELEASED, version] or [REMOVED, version]"
            )),
    ]
}
