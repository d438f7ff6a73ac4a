import CMongoC
import Glibc
import Kernel
import Synchronization

/// The process-wide state of libmongoc.
enum LibMongoC {
    static let version = String(cString: mongoc_get_version())

    /// Where the library's own messages go; it would print them on stderr.
    private static let log = Mutex<Logger?>(nil)

    private static let problem = Mutex<String?>(nil)

    /// The last error that the library has reported in a message of its own; it says more than what its functions
    /// return.
    static var lastProblem: String? { problem.withLock { $0 } }

    private static let isReady: Bool = {
        mongoc_init()
        mongoc_log_set_handler(
            { level, domain, message, _ in
                guard let message else { return }
                LibMongoC.report(level, String(cString: message), domain.map { String(cString: $0) } ?? "")
            }, nil)
        return true
    }()

    /// Unlinks the file of /dev/shm in which Debian's build of the library keeps its counters from the moment it is
    /// loaded. It stays mapped; without its name it is gone with the process, however that ends (shm_unlink(3)).
    static func unlinkCounters() {
        shm_unlink("/mongoc-\(getpid())")
    }

    /// Initialises the library once, and lets `log` have its messages from now on.
    static func prepare(log: Logger?) {
        guard isReady, let log else { return }
        self.log.withLock { $0 = log }
    }

    private static func report(_ level: mongoc_log_level_t, _ message: String, _ domain: String) {
        guard let log = log.withLock({ $0 }) else { return }
        // The server has ended the transaction by itself, as it does at the first failure in it.
        if message.hasPrefix("Error in abortTransaction") { return log.debug("libmongoc: \(message)") }
        // A client that goes before it has looked for the server; sessions end there by themselves.
        if message.hasPrefix("Couldn't send \"endSessions\"") { return log.debug("libmongoc: \(message)") }
        let text = "libmongoc, \(domain): \(message)"
        switch level {
        case MONGOC_LOG_LEVEL_ERROR, MONGOC_LOG_LEVEL_CRITICAL:
            problem.withLock { $0 = message }
            log.error(text)
        case MONGOC_LOG_LEVEL_WARNING: log.warning(text)
        default: log.debug(text)
        }
    }
}
