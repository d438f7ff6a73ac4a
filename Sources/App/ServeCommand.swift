import Glibc
import Kernel

/// `job-service serve`: runs until SIGTERM or SIGINT; a second one ends the process at once.
struct ServeCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> Never {
        // Blocked before any thread starts, so that every thread inherits it and only `wait` below takes signals.
        let signals = SignalSet([SIGTERM, SIGINT])
        signals.block()
        signal(SIGPIPE, SIG_IGN)

        let writer: LogWriter
        let application: Application
        do {
            (application, writer) = try prepare()
        } catch {
            Terminal.print(error)
            exit(ExitCode(error).rawValue)
        }
        Task.detached { await start(application, writer) }
        while true {
            _ = signals.wait()
            Task.detached {
                await application.stop()
                end(.success, writer)
            }
            _ = signals.wait()
            writer.flush(within: .milliseconds(200))
            Terminal.printError("job-service: second signal, ending at once")
            endProcess(.failure)
        }
    }

    private func prepare() throws(BootFailure) -> (Application, LogWriter) {
        let configuration = arguments.configuration()
        let logging = LoggingConfiguration(reading: configuration.root.section("logging", "The log"))
        let process = LogProcess(
            serviceVersion: configuration.service.commit, host: configuration.service.hostName)
        let writer: LogWriter
        do {
            writer = try LogWriter(level: logging.level, process: process)
        } catch {
            throw BootFailure([error])
        }
        let log = Logger("kernel", sink: writer)
        let assembly = try Catalogue.assemble(configuration, log: log)
        for warning in configuration.warnings {
            log.warning(warning.remedy.map { "\(warning.what); \($0)" } ?? warning.what)
        }
        return (Application(assembly, log: log), writer)
    }
}

private func start(_ application: Application, _ writer: LogWriter) async {
    do {
        try await application.start()
    } catch {
        writer.stop(within: .seconds(1))
        Terminal.print(error)
        endProcess(ExitCode(error))
    }
}

private func end(_ code: ExitCode, _ writer: LogWriter) -> Never {
    writer.stop(within: .seconds(1))
    endProcess(code)
}
