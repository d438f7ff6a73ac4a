import Glibc
import Synchronization

/// Lines for people: on a terminal what is longer than the screen goes through a pager, `$PAGER` or less(1), as it comes.
/// An empty `PAGER`, or anything but a terminal, means none.
public final class Pager: Sendable {
    private struct State {
        /// What has been printed so far, as long as it fits on the screen.
        var held: [String] = []
        var rows = 0
        var process: Process?
        var isGone = false
    }

    /// A pager that runs: its id, and the pipe that it reads.
    private struct Process {
        let id: pid_t
        let input: Int32
    }

    private let screen: Screen?
    private let state = Mutex(State())

    public init() {
        let isWanted = getenv("PAGER").map { String(cString: $0) } != ""
        screen = isWanted ? Screen.current.flatMap { $0.canRedraw ? $0 : nil } : nil
    }

    /// Whether whoever reads has seen enough, so that nothing more needs to be printed.
    public var isGone: Bool { state.withLock { $0.isGone } || Terminal.lostOutput != nil }

    /// Prints lines. It waits as long as they are not read.
    public func print(_ text: String) {
        guard let screen else { return Terminal.print(text) }
        state.withLock { state in
            if state.process == nil {
                state.held.append(text)
                for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                    state.rows += 1 + max(0, TextLayout.width(of: String(line)) - 1) / screen.columns
                }
                guard state.rows >= screen.rows else { return }
                guard let process = Self.start() else {
                    for text in state.held { Terminal.print(text) }
                    state.held = []
                    return
                }
                state.process = process
                for text in state.held { Self.write(text, to: &state) }
                state.held = []
            } else {
                Self.write(text, to: &state)
            }
        }
    }

    /// Prints what is left, and waits until the pager has been closed.
    public func end() {
        state.withLock { state in
            for text in state.held { Terminal.print(text) }
            state.held = []
            guard let process = state.process else { return }
            close(process.input)
            var status: Int32 = 0
            while waitpid(process.id, &status, 0) < 0, errno == EINTR {}
            state.process = nil
            state.isGone = true
        }
    }

    private static func write(_ text: String, to state: inout State) {
        guard let process = state.process, !state.isGone else { return }
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(process.input, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                state.isGone = true
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// A shell finds what there is: no machine must have less(1).
    private static let script =
        #"if [ -n "${PAGER-}" ]; then exec sh -c "$PAGER"; elif command -v less >/dev/null; then exec less; "#
        + "else exec cat; fi"

    private static func start() -> Process? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        // This command may have blocked signals that the pager is to get.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // As git sets it: end if it fits after all, keep colours, leave the screen as it is.
        let variables = ["LESS": "FRX", "LESSCHARSET": "utf-8"].merging(Configuration.processEnvironment) { $1 }
        let words = strings(["sh", "-c", script])
        let environment = strings(variables.map { "\($0)=\($1)" })
        defer { for string in words + environment { free(string) } }
        var id: pid_t = 0
        let isStarted = posix_spawn(&id, "/bin/sh", &actions, &attributes, words, environment) == 0
        close(ends[0])
        guard isStarted else {
            close(ends[1])
            return nil
        }
        // Ctrl-C is the pager's from now on, and one that is closed early must not end this command as a fault.
        signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        return Process(id: id, input: ends[1])
    }

    private static func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }
}
