import CLinux
import Glibc

/// Tells systemd how the service is: ready, reloading, stopping, and, as a watchdog wants it, alive (sd_notify(3),
/// sd_watchdog_enabled(3)). It has a thread of its own, so that nobody waits for systemd; without NOTIFY_SOCKET it does
/// nothing.
public final class Supervision: Sendable {
    public static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    private struct State {
        var messages: [[String]] = []
        /// Asked whether the service is alive; nil while it is not ready.
        var isAlive: (@Sendable (Duration) -> Bool)?
        var nextBeat: ContinuousClock.Instant?
        var isEnded = false
    }

    private enum Turn {
        case send([String])
        case beat(@Sendable (Duration) -> Bool)
        case end
    }

    private let socket: NotifySocket?
    /// Half of the time after which systemd takes the service for dead; nil if it does not watch.
    private let interval: Duration?
    private let log: Logger
    private let state = Monitor(State())

    /// - Parameters:
    ///   - environment: as systemd set it for `process`.
    ///   - process: the process that systemd has started, this one; told apart from what inherits the environment.
    ///   - log: where it is told that systemd cannot be reached.
    public init(environment: [String: String] = [:], process: pid_t = getpid(), log: Logger) {
        self.log = log
        let name = environment["NOTIFY_SOCKET"] ?? ""
        socket = NotifySocket(named: name)
        if socket == nil, !name.isEmpty {
            log.warning("NOTIFY_SOCKET \(Redaction.quoted(name)) is no usable address; systemd is not told anything")
        }
        let isWatched = environment["WATCHDOG_PID"].map { pid_t($0) == process } ?? true
        let period = isWatched ? environment["WATCHDOG_USEC"].flatMap(Int64.init) : nil
        interval = socket == nil ? nil : period.flatMap { $0 > 0 ? .microseconds($0 / 2) : nil }
    }

    /// Starts the thread, if there is anybody to tell.
    public func start() throws(BootIssue) {
        if let socket { try OwnThread.start("systemd") { self.run(socket) } }
    }

    /// Says what the service is doing, in words for `systemctl status`.
    public func tell(status: String) { post(["STATUS=\(Self.oneLine(status))"]) }

    /// Requests are answered from now on. From now on, too, the watchdog is told that the service is alive, as long as
    /// `isAlive` says so within the time that it is given; it may block.
    public func tellReady(status: String, isAlive: @escaping @Sendable (Duration) -> Bool) {
        state.update { state in
            state.isAlive = isAlive
            state.nextBeat = interval == nil ? nil : .now
        }
        post(["READY=1", "STATUS=\(Self.oneLine(status))"])
    }

    /// The configuration is being read again; `tellReloaded` ends that.
    public func tellReloading() {
        post(["RELOADING=1", "MONOTONIC_USEC=\(clinux_nanoseconds() / 1000)", "STATUS=Reading the configuration"])
    }

    public func tellReloaded(status: String) { post(["READY=1", "STATUS=\(Self.oneLine(status))"]) }

    public func tellStopping(status: String) {
        state.update { $0.isAlive = nil }
        post(["STOPPING=1", "STATUS=\(Self.oneLine(status))"])
    }

    /// Ends the thread once it has sent what waits.
    public func end() { state.update { $0.isEnded = true } }

    private func post(_ assignments: [String]) {
        if socket != nil { state.update { $0.messages.append(assignments) } }
    }

    private func run(_ socket: NotifySocket) {
        var lastFailure: Int32 = 0
        while true {
            var assignments: [String]
            switch nextTurn() {
            case .end: return
            case .send(let waiting): assignments = waiting
            case .beat(let isAlive):
                guard isAlive(interval ?? .seconds(1)) else {
                    log.critical("an event loop does not answer; the watchdog is not told that the service is alive")
                    continue
                }
                assignments = ["WATCHDOG=1"]
            }
            let failure = socket.send(assignments)
            if failure != 0, failure != lastFailure {
                log.warning("systemd cannot be told \(assignments[0]): \(String(cString: strerror(failure)))")
            }
            lastFailure = failure
        }
    }

    private func nextTurn() -> Turn {
        state.wait { state in
            if !state.messages.isEmpty { return .done(.send(state.messages.removeFirst())) }
            if state.isEnded { return .done(.end) }
            guard let isAlive = state.isAlive, let next = state.nextBeat, let interval else { return .until(nil) }
            guard next <= .now else { return .until(next) }
            state.nextBeat = .now + interval
            return .done(.beat(isAlive))
        }
    }

    private static func oneLine(_ text: String) -> String {
        text.replacing("\n", with: " ")
    }
}
