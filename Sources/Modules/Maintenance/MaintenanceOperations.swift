import Kernel

/// What the routes of the maintenance flag are for, for those who call them.
extension Operation {
    static let getStatus = Operation(
        "Tells whether new jobs must not be started", access: .anyone, reply: .json(MaintenanceStatus.schema.json),
        isQuiet: true)

    static let listStatuses = Operation(
        "Lists all statuses, the latest first", access: .anyone,
        reply: .json(.array(of: MaintenanceStatus.schema.json)))

    static let postStatus = Operation(
        "Sets the flag that keeps new jobs from being started", access: [.service, .operator, .administrator],
        errors: [.badRequest: "msg or paused is missing or of the wrong kind"])
}
