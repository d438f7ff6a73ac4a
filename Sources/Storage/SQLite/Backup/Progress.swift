import Glibc
import Kernel
import Synchronization

/// Shows on a terminal how far a backup is, some times a second; nowhere else.
final class Progress: Sendable {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let next = Mutex(ContinuousClock.now)

    func show(_ step: BackupProgress) {
        guard isShown else { return }
        let isDue = next.withLock { next in
            let now = ContinuousClock.now
            if now < next { return false }
            next = now + .milliseconds(100)
            return true
        }
        guard isDue else { return }
        switch step {
        case .copying(let done, let total):
            Terminal.printProgress("copying: \(done >> 20) of \(total >> 20) MiB")
        case .checking: Terminal.printProgress("checking")
        }
    }

    func end() {
        if isShown { Terminal.printProgress("") }
    }
}
