import Authentication
import ImportableDatasets
import Jobs
import Kernel
import Maintenance

/// The register on pages, for people with a browser. They are written by the service, and need no script.
public struct ConsoleModule: Module {
    public static let manifest = Manifest(
        id: "console", summary: "The register on pages, at /console", isEnabledByDefault: false)

    public struct Configuration: ModuleConfiguration {
        let loginURL: String?
        let followers: Int

        public init(reading section: ConfigurationSection) {
            loginURL = section.string(
                "loginURL", "Where administrators log in, which sets their cookies; the pages link to it. http or https"
            )
            followers = section.integer(
                "followers", default: 200, in: 0...100_000,
                "How many browsers may be told of changes as they happen, each by a connection; the others look again "
                    + "every few seconds")
            let isUsable = ["http://", "https://"].contains { loginURL?.lowercased().hasPrefix($0) ?? true }
            if !isUsable {
                section.problem(
                    "loginURL", "is no http or https URL", remedy: "write it as https://HOST/PATH, or leave it out")
            }
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        let panels = ConsolePanels()
        kernel.offer(.consolePanels, panels)
        let news = RegisterNews()
        kernel.optional(.jobObservers)?.add(news)
        kernel.optional(.maintenanceObservers)?.add(news)
        kernel.optional(.datasetObservers)?.add(news)
        let console = Console(
            identity: kernel.identity, context: kernel.context, log: kernel.log, assets: Assets(), panels: panels,
            loginURL: configuration.loginURL, sessions: kernel.optional(.keySessions),
            skipped: kernel.optional(.skippedDatasets), isBumpEnabled: kernel.optional(.isBumpEnabled),
            register: SharedRegister(store: kernel.store))
        for route in console.assets.routes { kernel.route(route) }
        ConfigurationRoute.register(in: kernel)

        let live = LiveStream(news: news, register: console.register, mostFollowers: configuration.followers)
        kernel.get("/console/live", .live) { _ in try live.respond() }

        let pages = Pages(console, kernel)
        pages.show("/console", "Shows how the register is now", NowView.init)
        pages.show("/console/find", "Leads to a job or a target", forward: Find.target)
        pages.show("/console/jobs", "Lists jobs", JobsView.init)
        pages.show("/console/jobs/new", "The form of a new job", NewJobView.init)
        pages.take("/console/jobs/new", "Posts a job", PostJobAction.init)
        pages.show("/console/jobs/fail", "The form that fails all jobs of a list", FailJobsView.init)
        pages.take("/console/jobs/fail", "Fails all jobs of a list", FailJobsAction.init)
        pages.show("/console/jobs/{jobId}", "Shows a job", JobView.init)
        pages.show("/console/jobs/{jobId}/fail", "The form that fails a job", FailJobView.init)
        pages.take("/console/jobs/{jobId}/fail", "Fails a job", FailJobAction.init)
        pages.show("/console/jobs/{jobId}/resolve", "The form that says what becomes of a held job", ResolveView.init)
        pages.take("/console/jobs/{jobId}/resolve", "Says what becomes of a held job", ResolveAction.init)
        pages.show("/console/targets", "Lists targets", TargetsView.init)
        pages.show("/console/targets/{name}", "Shows the history of a target", TargetView.init)
        pages.show("/console/datasets", "Lists importable datasets", DatasetsView.init)
        pages.show("/console/datasets/{name}/delete", "The form that deletes a dataset", DeleteDatasetView.init)
        pages.take("/console/datasets/{name}/delete", "Deletes a dataset", DeleteDatasetAction.init)
        pages.show("/console/release", "The form of a new version", ReleaseView.init)
        pages.take("/console/release", "Posts the job of a new version", ReleaseAction.init)
        pages.show("/console/maintenance", "Shows whether jobs are started", MaintenanceView.init)
        pages.take("/console/maintenance", "Pauses or resumes", MaintenanceAction.init)
        pages.show("/console/system", "Shows what runs here", SystemView.init)
        pages.take("/console/system", "Sets the level of the log", LogLevelAction.init)
        pages.show("/console/panels/{panel}", "Shows what another module has to show", PanelView.init)
        pages.show("/console/login", "Tells how to log in", LogInView.init)
        pages.take("/console/login", "Logs in with an API key", LogInAction.init)
        pages.take("/console/logout", "Logs out", LogOutAction.init)
        pages.showRest("/console/{path...}", "Tells that there is nothing", NothingView.init)
    }
}
