/// The end of a loop: orderly, or at once.
extension EventLoop {
    /// Takes what has reached the backlog (of a socket that somebody else holds, that is for the next process), then
    /// listens no more; connections without a request are closed, those that had one just now after a moment, and those
    /// with one after its answer, which says `Connection: close`.
    func beginDrain(milliseconds: Int64) {
        if !isListenerReleased {
            sharesConnections = false
            var backlog = ListeningSocket.backlog
            while backlog > 0, isListening, !listener.isShared, acceptConnection() { backlog -= 1 }
            releaseListener()
        }
        keepsConnections = false
        endStreams()
        isDraining = true
        drainDeadline = min(drainDeadline, now + milliseconds)
        deadlines.wake(at: drainDeadline)
        crowd = connectionCount
        for connection in connections { connection?.drain() }
        stopIfDrained()
    }

    /// Called whenever a connection or task has ended.
    func stopIfDrained() {
        if isDraining, !isStopped, connectionCount == 0, taskCount == 0 { stop() }
    }

    /// Closes every connection and cancels every task. The loop goes on executing tasks that do not end at once.
    func stop() {
        guard !isStopped else { return }
        isDraining = true
        isStopped = true
        drainDeadline = .max
        releaseListener()
        for connection in connections { connection?.close(.serviceEnds) }
        server.loopStopped()
    }

    private func releaseListener() {
        guard !isListenerReleased else { return }
        isListenerReleased = true
        stopListening()
        listener.release()
    }
}
