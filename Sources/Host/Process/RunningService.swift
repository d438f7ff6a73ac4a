import Glibc
import Kernel
import Synchronization

/// The service of one process, and what signals ask of it.
final class RunningService: Sendable {
    private let application: Application
    private let arguments: Arguments
    private let socket: InheritedSocket?
    private let supervision: Supervision
    private let writer: LogWriter
    private let log: Logger
    private let state = Mutex(State())

    private struct State {
        var isReady = false
        /// A configuration that changed while the service started is read once it is ready.
        var reloadsOnceReady = false
        var isStopping = false
        /// Whether what is in force was read from a file, which must not just vanish then.
        var hasFile = false
    }

    /// Puts the service together from the arguments, the configuration and what systemd has passed.
    init(_ arguments: Arguments) throws(BootFailure) {
        self.arguments = arguments
        let environment = Configuration.processEnvironment
        // They are for this process. The environment may still be changed: there is no second thread yet.
        for name in InheritedSocket.variables + Supervision.variables { unsetenv(name) }
        let configuration = arguments.configuration()
        let logging = LoggingConfiguration(reading: configuration.root)
        let process = LogProcess(
            serviceName: configuration.product.name, serviceVersion: configuration.service.commit,
            host: configuration.service.hostName)
        do throws(BootIssue) {
            socket = try InheritedSocket.announced(in: environment)
            writer = try LogWriter(level: logging.level, process: process, form: Self.form(logging.format))
        } catch {
            throw BootFailure([error])
        }
        log = Logger("kernel", sink: writer)
        supervision = Supervision(environment: environment, log: log)
        let assembly = try arguments.program.assemble(configuration, socket: socket, log: log)
        application = Application(assembly, log: log, supervision: supervision)
        state.withLock { $0.hasFile = configuration.isFromFile }
        warn(configuration)
    }

    /// Starts the service, or ends the process with what keeps it from starting.
    func start() async {
        do throws(BootFailure) {
            do throws(BootIssue) { try supervision.start() } catch { throw BootFailure([error]) }
            try await application.start()
        } catch {
            // What a stop takes away, a start that is under way misses: that is no failure.
            if state.withLock(\.isStopping) { return }
            writer.stop(within: .seconds(1))
            Terminal.print(error, of: arguments.program.product)
            endProcess(ExitCode(error))
        }
        let reloads = state.withLock { state in
            state.isReady = true
            return state.reloadsOnceReady
        }
        // For the thread that takes signals, which may block.
        if reloads { kill(getpid(), SIGHUP) }
    }

    /// Stops the service and ends the process.
    func stop() async -> Never {
        state.withLock { $0.isStopping = true }
        await application.stop()
        writer.stop(within: .seconds(1))
        endProcess(.success)
    }

    /// Ends the process at once.
    func abort() -> Never {
        writer.flush(within: .milliseconds(200))
        Terminal.printError("\(arguments.program.product.name): second signal, ending at once")
        endProcess(.failure)
    }

    /// Reads the configuration again and takes over what can be; a bad one is refused as a whole. It blocks.
    func reload() {
        let isDue = state.withLock { state in
            if !state.isReady { state.reloadsOnceReady = true }
            return state.isReady && !state.isStopping
        }
        guard isDue else {
            log.info("SIGHUP: the configuration is not read again while the service starts or stops")
            return
        }
        supervision.tellReloading()
        let configuration = arguments.configuration(fileIsRequired: state.withLock(\.hasFile))
        let logging = LoggingConfiguration(reading: configuration.root)
        do {
            let assembly = try arguments.program.assemble(configuration, socket: socket, log: log)
            warn(configuration)
            // What is told of a change is told at the more talkative level of the two.
            writer.level = min(writer.level, logging.level)
            let changes = application.reload(assembly)
            state.withLock { $0.hasFile = configuration.isFromFile }
            writer.level = logging.level
            let waiting = changes.count { !$0.isReloadable }
            supervision.tellReloaded(
                status: "Ready, with the configuration read again"
                    + (waiting == 0 ? "" : "; \(waiting) changes need a restart"))
        } catch {
            application.refuseReload(error)
            supervision.tellReloaded(status: "Ready, with the configuration of before: the new one is refused")
        }
    }

    private static func form(_ format: LoggingConfiguration.Format) -> LogForm {
        switch format {
        case .json: .json
        case .text: .text(isColoured: TextStyle.stdout.isOn)
        case .auto: isatty(STDOUT_FILENO) == 1 ? .text(isColoured: TextStyle.stdout.isOn) : .json
        }
    }

    private func warn(_ configuration: Configuration) {
        for warning in configuration.warnings {
            log.warning("configuration: \(warning)")
        }
    }
}
