import Authentication
import Kernel

/// What somebody may do here: nobody sees a button that would be refused.
struct Permissions: Sendable {
    let canPost: Bool
    let canUpdate: Bool
    let canPause: Bool
    let canResolve: Bool
    let canDeleteDatasets: Bool
    /// Whether they may see the configuration and set the level of the log.
    let canConfigure: Bool
    /// Who they are; nil for whoever may do nothing.
    let principal: Principal?
    /// Whether everybody may do everything.
    let isOpen: Bool
    /// Whether there is any way to log in.
    let canLogIn: Bool

    init(of visit: Visit) async {
        let post = await visit.principal(for: .post, "/jobs")
        let update = await visit.principal(for: .put, "/jobs/a")
        let pause = await visit.principal(for: .post, "/maintenance-status")
        let resolve = await visit.principal(for: .post, "/dispatch/resolutions")
        let delete = await visit.principal(for: .delete, "/importable-datasets/A")
        let configure = await visit.principal(for: .get, ConfigurationRoute.path)
        canPost = post != nil
        canUpdate = update != nil
        canPause = pause != nil
        canResolve = resolve != nil
        canDeleteDatasets = delete != nil
        canConfigure = configure != nil
        let all = [post, configure, update, pause, delete].compactMap(\.self)
        principal = all.first { $0.kind != .anonymous } ?? all.first
        isOpen = await visit.isOpen(.get, ConfigurationRoute.path)
        canLogIn = visit.console.sessions?.isAskedFor == true || visit.console.loginURL != nil
    }
}
