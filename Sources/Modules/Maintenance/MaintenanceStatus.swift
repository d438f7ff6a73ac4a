import Kernel

/// Whether new jobs may be started, and why not.
struct MaintenanceStatus: Sendable, Hashable {
    let msg: String
    let isPaused: Bool
    /// RFC 3339 in UTC.
    let timestamp: String

    var json: JSON {
        ["msg": .string(msg), "paused": .bool(isPaused), "timestamp": .string(timestamp)]
    }

    static func initial(at instant: Timestamp) -> MaintenanceStatus {
        MaintenanceStatus(
            msg: "Initial status inserted by job service at startup.", isPaused: false, timestamp: instant.description)
    }
}

extension MaintenanceStatus {
    /// A status that a client posts.
    /// - Throws: `HTTPError` 400 with everything that is wrong.
    init(_ request: Request, at instant: Timestamp) throws(HTTPError) {
        let body = try request.body(as: Self.newStatus)
        msg = body["msg"]?.string ?? ""
        isPaused = body["paused"] == true
        timestamp = instant.description
    }

    /// A stored status; one of other origin may write its flag otherwise, and those of 2023 call it `pause`.
    init(stored document: JSON) {
        msg = document["msg"]?.string ?? ""
        isPaused = ["paused", "pause"].lazy.compactMap { document[$0].flatMap(Bool.init(flag:)) }.first ?? false
        timestamp = document["timestamp"]?.string ?? ""
    }

    static let newStatus = JSONSchema.object(
        "NewMaintenanceStatus",
        [
            .required("msg", .string(lengths: 0...4096, "For people: why", example: "We need to upgrade")),
            .required("paused", .flag("Whether new jobs must not be started"), aliases: ["pause"]),
        ])

    static let schema = JSONSchema.object(
        "MaintenanceStatus",
        [
            .required("msg", .string(example: "We need to upgrade")),
            .required("paused", .boolean("Whether new jobs must not be started")),
            .required("timestamp", .timestamp),
        ])
}
