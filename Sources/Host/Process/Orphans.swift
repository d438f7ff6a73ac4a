import Glibc

/// What the first process of a container inherits: the children of processes that have ended.
enum Orphans {
    /// Has the kernel forget each of them as it ends (sigaction(2): SIGCHLD ignored), so that none stays behind as a
    /// zombie. This program starts no processes of its own and waits for none; as any other process it inherits none.
    static func leaveToKernel() {
        guard getpid() == 1 else { return }
        signal(SIGCHLD, SIG_IGN)
        // Those that had ended before, as under a shell that became this program.
        while waitpid(-1, nil, WNOHANG) > 0 {}
    }
}
