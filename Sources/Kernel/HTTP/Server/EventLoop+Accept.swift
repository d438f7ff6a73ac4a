import CLinux
import Glibc

extension EventLoop {
    /// Watches the listening socket. Level-triggered: a connection not accepted now is reported again.
    func listen() {
        listenAgainAt = .max
        guard !isListening, !isDraining, !isStopped else { return }
        isListening = clinux_epoll_add(epoll, listener.fd, CLINUX_IN | CLINUX_EXCLUSIVE, Self.listenerTag) == 0
    }

    func stopListening() {
        if isListening { _ = clinux_epoll_remove(epoll, listener.fd) }
        isListening = false
    }

    /// Accepts a batch; whatever more there is comes with the next turn, here or on another loop.
    func acceptConnections() {
        var batch = 64
        while batch > 0, isListening, acceptConnection() { batch -= 1 }
    }

    /// Accepts one connection; false when there is none, or no descriptor for it.
    func acceptConnection() -> Bool {
        let fd = clinux_accept(listener.fd)
        guard fd >= 0 else {
            switch errno {
            case EINTR, ECONNABORTED: return true
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: pauseListening(errno)
            default: break
            }
            return false
        }
        if server.openConnections >= settings.limits.connections {
            refuse(fd)
            return true
        }
        counters.acceptedConnections.add(1)
        if !sharesConnections || !server.handOver(fd, from: self) {
            counters.openConnections.addShared(1)
            adopt(fd)
        }
        return true
    }

    /// Takes an accepted connection over, which is counted as open already.
    func adopt(_ fd: Int32) {
        guard !isStopped else {
            counters.openConnections.addShared(-1)
            close(fd)
            return
        }
        generation = generation == .max ? 1 : generation + 1
        let connection = Connection(fd: fd, generation: generation, loop: self)
        while connections.count <= Int(fd) { connections.append(nil) }
        deadlines.makeRoom(for: fd)
        connections[Int(fd)] = connection
        connectionCount += 1
        let events = CLINUX_IN | CLINUX_OUT | CLINUX_READ_HANGUP | CLINUX_EDGE_TRIGGERED
        guard clinux_epoll_add(epoll, fd, events, UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fd))) == 0 else {
            connection.close(.clientGone)
            return
        }
        connection.setDeadline(settings.headMilliseconds)
        if isDraining { connection.drain() }
    }

    /// Out of descriptors or memory: the listener stays ready, so watching it on would spin. Clients wait in its
    /// backlog until a connection of this loop is closed, or a moment has passed.
    private func pauseListening(_ reason: Int32) {
        stopListening()
        listenAgainAt = now + 100
        deadlines.wake(at: listenAgainAt)
        server.warn(.descriptors) { "cannot accept connections at the moment: \(String(cString: strerror(reason)))" }
    }

    /// Answers 503 to a connection beyond the limit, without keeping anything of it.
    private func refuse(_ fd: Int32) {
        counters.refusedConnections.add(1)
        let limit = settings.limits.connections
        server.warn(.connections) { "refused a connection: \(limit) are open, which is the limit" }
        let id = requestIDs.next()
        let response = server.rejection(RequestFault.tooManyConnections.error, id, Headers())
        date.refresh(at: now)
        let framing = ResponseFraming(method: .get, isHTTP10: false, keepsAlive: false)
        let body = response.body.bytes
        output.putHead(response, length: body.count, date: date.bytes, id: id, framing: framing)
        output.append(body)
        _ = clinux_send(fd, output.base, output.count)
        output.removeAll()
        // What has arrived is read, because closing over unread bytes would reset the connection and the answer.
        shutdown(fd, Int32(SHUT_WR))
        _ = recv(fd, input, inputCapacity, Int32(MSG_DONTWAIT))
        close(fd)
    }
}

extension Response.Body {
    /// The bytes of a body that is not streamed; none of one that is.
    var bytes: [UInt8] {
        switch self {
        case .empty, .streamed: []
        case .bytes(let bytes): bytes
        case .fixed(let text): Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
    }
}
