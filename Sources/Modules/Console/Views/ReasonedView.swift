import Kernel

/// A form about one job that takes a reason, and can be shown again with what was wrong.
protocol ReasonedView: View {
    var reason: String? { get set }
    var problem: String? { get set }

    init(_ visit: Visit)
}

extension ReasonedView {
    /// The form once more, with the job as it is now.
    /// - Parameters:
    ///   - problem: nil if what the job is now says it all.
    ///   - status: what was answered; for a job that has moved on that is a conflict.
    static func again(
        _ visit: Visit, _ reason: String?, _ problem: String?, _ status: Status, _ permissions: Permissions
    ) async throws -> Outcome {
        var view = Self(visit)
        (view.reason, view.problem) = (reason, problem)
        return .again(try await view.page(permissions), status == .notFound ? .conflict : status)
    }

    /// The refusal of a form without a reason.
    static func againWithoutReason(_ visit: Visit, _ permissions: Permissions) async throws -> Outcome {
        try await again(visit, nil, "Say why: the reason goes into the log", .badRequest, permissions)
    }
}
