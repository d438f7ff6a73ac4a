import CLinux
import Glibc

extension Connection {
    /// Ends the connection after its last answer. Closing over unread input would reset it, and the client could
    /// lose the answer (RFC 9112 section 9.6): then only our side is closed, and the client's last bytes discarded.
    func finishClosing() {
        guard isReadable || hasRefused else {
            close()
            return
        }
        shutdown(fd, Int32(SHUT_WR))
        state = .lingering
        input = []
        setDeadline(loop.settings.lingerMilliseconds)
        discardInput()
    }

    /// What a client may still send after its refusal: enough for one to notice that was about to send far too much.
    /// Time bounds it as well, and nothing of it is kept.
    private static let discardLimit = 64 << 20

    func discardInput() {
        while true {
            let received = recv(fd, loop.input, loop.inputCapacity, 0)
            if received < 0, errno == EINTR { continue }
            if received < 0, errno == EAGAIN {
                isReadable = false
                return
            }
            discardedBytes += max(0, received)
            if received <= 0 || discardedBytes > Self.discardLimit {
                close()
                return
            }
        }
    }

    /// Ends the connection at once, whatever it was doing; its handler is cancelled and its answer will be dropped.
    func close() {
        guard isOpen else { return }
        let wasStreaming = state == .streaming
        state = .closed
        abandonHandler()
        if wasStreaming { finishExchange(keepsAlive: false, isComplete: false) }
        resumeWriters()
        input = []
        unsent = []
        unsentStart = 0
        incomingBody = nil
        uncountBody()
        loop.deadlines.set(DeadlineTable.none, for: fd)
        loop.connections[Int(fd)] = nil
        loop.connectionCount -= 1
        loop.counters.openConnections.addShared(-1)
        Glibc.close(fd)
        if loop.listenAgainAt != .max { loop.listen() }
        if loop.isDraining { loop.stopIfDrained() }
    }

    /// The present step has taken too long.
    func deadlinePassed() {
        if hasUnsent {
            if !hasProgressed() { close() }
            return
        }
        switch state {
        case .head:
            if hasBegunHead { refuseLate(.headTimeout) } else { close() }
        case .body:
            refuseLate(.bodyTimeout)
        case .handling:
            abandonHandler()
            refuseLate(.handlerTimeout)
        case .streaming, .lingering:
            close()
        case .closed:
            break
        }
    }

    private func refuseLate(_ fault: RequestFault) {
        if fault == .headTimeout { exchange = Exchange(id: loop.requestIDs.next()) }
        refuse(fault)
        flush()
    }

    /// How long a client that was not told that its connection ends may take to send the next request, or the first
    /// one: closing earlier would cut off one that is on its way (RFC 9112 section 9.5).
    private static let drainPatience: Int64 = 1000

    /// How long the connection may be without a request.
    var quietMilliseconds: Int64 { loop.isDraining ? Self.drainPatience : loop.settings.idleMilliseconds }

    /// Closes the connection, unless a request is there (perhaps in the socket, unseen), under way or likely to come.
    func drain() {
        guard state == .head, !isClosing else { return }
        isReadable = true
        processInput()
        guard isOpen, state == .head, !isClosing, !hasBegunHead, !hasUnsent else { return }
        let patience = quietSince + Self.drainPatience - loop.now
        if patience > 0 { setDeadline(patience) } else { close() }
    }
}
