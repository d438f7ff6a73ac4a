/// The section `lifecycle`: how long each phase may take.
struct LifecycleConfiguration: Sendable {
    /// For opening the storage. Where that is a server, for reaching it: its indexes take as long as they take.
    let openStorage: Duration
    /// For each service to start.
    let startService: Duration
    /// For the work of a `GradualService`, before it goes on beside the requests.
    let background: Duration
    /// Between the moment in which readiness turns 503 and the closing of the listener.
    private(set) var grace: Duration
    /// For requests in flight to be answered.
    private(set) var drain: Duration
    /// For each service to stop, and for the storage to close.
    private(set) var stop: Duration

    init(reading section: ConfigurationSection) {
        openStorage = section.duration(
            "openStorage", default: .seconds(30), in: .milliseconds(100) ... .seconds(600),
            "How long opening the storage may take; of a database server, until it is reached")
        startService = section.duration(
            "startService", default: .seconds(30), in: .milliseconds(100) ... .seconds(600),
            "How long each service of a module may take to start")
        background = section.duration(
            "background", default: .seconds(5), in: .zero ... .seconds(600),
            "After how long work of the start that may take any time (deriving documents from others) goes on beside requests"
        )
        let section = section.reloadable
        grace = section.duration(
            "grace", default: .milliseconds(250), in: .zero ... .seconds(60),
            "How long requests are still taken after readiness has turned 503, for load balancers to notice")
        drain = section.duration(
            "drain", default: .seconds(10), in: .zero ... .seconds(600),
            "How long requests in flight may take to be answered when the service stops")
        stop = section.duration(
            "stop", default: .seconds(10), in: .milliseconds(100) ... .seconds(600),
            "How long each service, and the storage, may take to stop")
    }

    /// These limits with the reloadable ones of another reading.
    func reloading(_ other: LifecycleConfiguration) -> LifecycleConfiguration {
        var copy = self
        (copy.grace, copy.drain, copy.stop) = (other.grace, other.drain, other.stop)
        return copy
    }
}
