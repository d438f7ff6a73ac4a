/// The loop executes what its connections' tasks consist of: a continuation comes back to the thread that the request
/// was read on.
extension EventLoop {
    func enqueue(_ job: consuming ExecutorJob) {
        post(.job(UnownedJob(job)))
    }

    /// From this thread a message waits for the next turn without a lock; from another it also wakes the loop.
    func post(_ message: LoopMessage) {
        if inbox.isOnLoop {
            localMessages.append(message)
        } else {
            inbox.add(message)
        }
    }

    /// Runs what has been posted before this turn; what it posts itself waits for the next, after the next look at
    /// the sockets, so that tasks that yield to each other cannot starve the connections.
    func runMessages() {
        if !localMessages.isEmpty {
            let messages = localMessages
            localMessages = []
            for message in messages { run(message) }
        }
        if isInboxSignalled {
            isInboxSignalled = false
            inbox.acknowledge()
            for message in inbox.take() { run(message) }
        }
    }

    private func run(_ message: LoopMessage) {
        switch message {
        case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
        case .adopt(let fd): adopt(fd)
        case .drain(let milliseconds): beginDrain(milliseconds: milliseconds)
        case .stop: stop()
        case .keepNoConnections: keepsConnections = false
        case .endStreams: endStreams()
        case .settings(let new): apply(new)
        case .call(let body): body()
        }
    }
}
