import Kernel

/// Whether new jobs may be started, and why not.
struct MaintenanceStatus: ReplyBody, Hashable {
    let msg: String
    let isPaused: Bool
    /// RFC 3339 in UTC.
    let timestamp: String

    static let schema = Schema.object(
        "MaintenanceStatus",
        .required("msg", \.msg, .string(example: "We need to upgrade")),
        .required("paused", \.isPaused, .boolean("Whether new jobs must not be started")),
        .required("timestamp", \.timestamp, .timestamp), as: MaintenanceStatus.init(msg:isPaused:timestamp:))

    static func initial(at instant: Timestamp) -> MaintenanceStatus {
        MaintenanceStatus(
            msg: "Initial status inserted by job service at startup.", isPaused: false, timestamp: instant.description)
    }
}

/// A status that a client posts.
struct NewMaintenanceStatus: RequestBody {
    let msg: String
    let isPaused: Bool

    static let schema = Schema.object(
        "NewMaintenanceStatus",
        .required("msg", .string(lengths: 0...4096, "For people: why", example: "We need to upgrade")), paused,
        as: NewMaintenanceStatus.init)

    fileprivate static let paused = Property<NewMaintenanceStatus, Bool>.required(
        "paused", .flag("Whether new jobs must not be started"), aliases: ["pause"])
}

extension MaintenanceStatus {
    init(_ new: NewMaintenanceStatus, at instant: Timestamp) {
        self.init(msg: new.msg, isPaused: new.isPaused, timestamp: instant.description)
    }

    /// A stored status; one of other origin may write its flag otherwise, and those of 2023 call it `pause`.
    init(stored document: JSON) {
        msg = document[Self.message] ?? ""
        isPaused = document[NewMaintenanceStatus.paused] ?? false
        timestamp = document[Self.instant] ?? ""
    }

    private static let message = Property<MaintenanceStatus, String>.required("msg", .string())
    private static let instant = Property<MaintenanceStatus, String>.required("timestamp", .string())
}
