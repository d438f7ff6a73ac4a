extension EventLoop {
    /// Ends the steps whose time is over, and what waits for a time besides.
    func checkDeadlines() {
        for fd in deadlines.due(at: now) { connections[Int(fd)]?.deadlinePassed() }
        if now >= listenAgainAt { listen() }
        if now >= drainDeadline { stop() }
        if listenAgainAt != .max { deadlines.wake(at: listenAgainAt) }
        if drainDeadline != .max, !isStopped { deadlines.wake(at: drainDeadline) }
    }
}
