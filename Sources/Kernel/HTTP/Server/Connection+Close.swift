import CLinux
import Glibc

extension Connection {
    /// Ends the connection after its last answer. Closing over unread input would reset it, and the client could
    /// lose the answer (RFC 9112 section 9.6): then only our side is closed, and the client's last bytes discarded.
    func finishClosing() {
        guard isReadable || hasRefused || !undelivered.isEmpty else { return close(.done) }
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
        guard !isWaitingForTurn, isReadable else { return }
        beginTurn()
        repeat {
            // TCP drops the bytes without copying them (MSG_TRUNC, tcp(7)).
            let received = recv(fd, loop.input, loop.inputCapacity, Int32(MSG_TRUNC))
            if received < 0, errno == EINTR { continue }
            if received <= 0 {
                isReadable = false
                if received < 0, errno != EAGAIN { close(.clientGone) }
                // The system tells when an answer that nobody may be there for has arrived, or not.
                if received == 0, undelivered.isEmpty { close(.done) }
                return
            }
            discardedBytes += received
            loop.turn.take(received)
            if discardedBytes > Self.discardLimit { return close(.done) }
        } while loop.turn.allowsStep(afterRequest: exchangeNumber)
        waitForTurn()
    }

    /// The connection is of no more use, in either direction.
    /// - Parameter isError: whether the client has reset it.
    func hangUp(isError: Bool) {
        guard state == .lingering, !isError else { return close(.clientGone) }
        // Both sides are closed; what was sent has arrived once the client has acknowledged that too.
        if undelivered.isEmpty || clinux_is_over(fd) != 0 { close(.done) }
    }

    /// Ends the connection at once, whatever it was doing; its answer will be dropped. Its handler is cancelled, but not
    /// one that writes, merely because its client has gone: what has begun is carried through.
    func close(_ reason: CloseReason) {
        guard isOpen else { return }
        let before = state
        state = .closed
        let isWriting = before == .handling && !exchange.method.isSafe
        abandonTask(cancels: reason != .clientGone || !isWriting)
        tellUndelivered(isClientGone: reason == .clientGone)
        reportEnd(of: before, reason)
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
            if !hasProgressed() { close(.clientGone) }
            return
        }
        switch state {
        case .head:
            guard hasBegunHead else { return close(.done) }
            refuseUnknown(.headTimeout)
            flush()
        case .body:
            refuseLate(.bodyTimeout)
        case .admitting, .handling:
            abandonTask()
            refuseLate(.handlerTimeout)
        case .streaming:
            streamDeadlinePassed()
        case .lingering:
            close(.done)
        case .closed:
            break
        }
    }

    private func refuseLate(_ fault: RequestFault) {
        refuse(fault)
        flush()
    }

    /// How long the connection may be without a request.
    var quietMilliseconds: Int64 {
        loop.isDraining ? loop.settings.lastRequestMilliseconds : loop.settings.idleMilliseconds
    }

    /// Closes the connection, unless a request is there (perhaps in the socket, unseen), under way or likely to come.
    func drain() {
        guard state == .head, !isClosing else { return }
        isReadable = true
        processInput()
        guard isOpen, state == .head, !isClosing, !hasBegunHead, !hasUnsent else { return }
        let patience = quietSince + loop.settings.lastRequestMilliseconds - loop.now
        if patience > 0 { setDeadline(patience) } else { close(.done) }
    }
}
