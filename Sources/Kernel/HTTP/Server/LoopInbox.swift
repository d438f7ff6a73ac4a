import CLinux
import Glibc
import Synchronization

/// What an event loop is told by other threads, or by itself for its next turn.
enum LoopMessage: Sendable {
    case job(UnownedJob)
    /// A connection accepted by another loop that has more of them.
    case adopt(Int32)
    case drain(milliseconds: Int64)
    case stop
    /// Responses say from now on that their connection ends.
    case keepNoConnections
    /// Streams without an end of their own end now.
    case endStreams
    case settings(ServerSettings)
    case call(@Sendable () -> Void)
}

/// The door to an event loop for other threads: a locked list and an eventfd that wakes the loop.
final class LoopInbox: Sendable {
    let eventDescriptor: Int32
    private let name: String
    private let messages = Mutex<[LoopMessage]>([])
    private let thread = Atomic<UInt>(0)

    init(name: String) {
        self.name = name
        eventDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    }

    deinit {
        if eventDescriptor >= 0 { close(eventDescriptor) }
    }

    func adoptCurrentThread() {
        thread.store(UInt(pthread_self()), ordering: .releasing)
        clinux_name_thread(name)
    }

    @inline(__always)
    var isOnLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Adds a message and wakes the loop, unless one added before has woken it already.
    func add(_ message: LoopMessage) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if wasEmpty {
            var one: UInt64 = 1
            _ = write(eventDescriptor, &one, 8)
        }
    }

    func take() -> [LoopMessage] {
        messages.withLock { messages in
            let taken = messages
            messages = []
            return taken
        }
    }

    func acknowledge() {
        var count: UInt64 = 0
        _ = read(eventDescriptor, &count, 8)
    }
}
