import Authentication
import ImportableDatasets
import Kernel

/// What all pages share.
struct Console: Sendable {
    let identity: ServiceIdentity
    let context: ApplicationContext
    let log: Logger
    let assets: Assets
    let panels: ConsolePanels
    let loginURL: String?
    let sessions: KeySessions?
    let skipped: SkippedDatasets?
    let isBumpEnabled: Reloadable<Bool>?
    let register: SharedRegister

    struct Item {
        let title: String
        let icon: Icon
        let section: Page.Section
        let target: String
    }

    /// Whether this stack has a route.
    func has(_ method: Method, _ pattern: RoutePattern) -> Bool {
        context.routes.contains { $0.method == method && $0.pattern == pattern }
    }

    /// The pages that this stack has something to show on.
    func navigation(_ visit: Visit) -> [Item] {
        let place = visit.place
        var items = [Item(title: "Now", icon: .pulse, section: .now, target: place.page())]
        func add(_ title: String, _ icon: Icon, _ section: Page.Section, _ path: String, if isThere: Bool = true) {
            if isThere { items.append(Item(title: title, icon: icon, section: section, target: place.page(path))) }
        }
        add("Jobs", .list, .jobs, "jobs", if: has(.get, "/jobs"))
        add("Targets", .target, .targets, "targets", if: has(.get, "/targets"))
        add("Datasets", .box, .datasets, "datasets", if: has(.get, "/importable-datasets"))
        add("Release", .tag, .release, "release", if: canRelease)
        add("Maintenance", .pause, .maintenance, "maintenance", if: has(.get, "/maintenance-status"))
        for panel in panels.all {
            items.append(
                Item(
                    title: panel.title, icon: panel.icon, section: .panel(panel.path),
                    target: place.page("panels", panel.path)))
        }
        add("System", .gear, .system, "system")
        return items
    }

    /// After how many microseconds without a sign of life a job counts as stuck, as the metrics count.
    var stuckAfter: Int64 {
        let setting = context.configuration.first { $0.path == "modules.jobs.stuckAfter" }?.value
        return setting.flatMap(TimeSpan.microseconds) ?? 3_600_000_000
    }

    var canRelease: Bool { isBumpEnabled?.value == true && has(.get, "/targets") }
}
