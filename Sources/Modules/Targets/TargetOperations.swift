import Jobs
import Kernel

/// What the targets' routes are for, for those who call them.
extension Operation {
    static let listTargets = Operation(
        "Lists all targets by name", access: .anyone, reply: .json(.array(of: Target.schema)))

    static let listJobsOfTarget = Operation(
        "Lists the jobs of a target, and the BUMP jobs whose manifest names it", access: .anyone,
        reply: .json(.array(of: JobList.schema)))
}

extension Target {
    /// How a target is answered, and kept.
    static let schema = Schema.object(
        "Target",
        [
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
        ])
}
