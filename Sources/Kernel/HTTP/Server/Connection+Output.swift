import CLinux
import Glibc

extension Connection {
    /// Serialises a whole response into the loop's output buffer, or sends a large body past it.
    func put(_ response: Response, keepsAlive: Bool) {
        let start = loop.output.count
        guard !response.status.forbidsBody else {
            putHead(response, length: 0, keepsAlive: keepsAlive)
            exchange.bytesSent += loop.output.count - start
            return
        }
        switch response.body {
        case .empty, .streamed:
            putHead(response, length: 0, keepsAlive: keepsAlive)
        case .fixed(let text):
            putHead(response, length: text.utf8CodeUnitCount, keepsAlive: keepsAlive)
            if exchange.method != .head {
                loop.output.reserve(text.utf8CodeUnitCount)
                loop.output.put(text)
            }
        case .bytes(let bytes):
            putHead(response, length: bytes.count, keepsAlive: keepsAlive)
            if exchange.method == .head { break }
            if bytes.count >= Self.largeBody {
                putLarge(bytes, start)
                return
            }
            loop.output.append(bytes)
        }
        exchange.bytesSent += loop.output.count - start
    }

    @inline(__always)
    func putHead(_ response: Response, length: Int?, keepsAlive: Bool) {
        exchange.status = response.status
        exchange.route = response.route
        exchange.isNotable = response.isNotable
        exchange.failure = response.failure
        if let principal = response.principal { exchange.principal = principal }
        loop.date.refresh(at: loop.now)
        let framing = ResponseFraming(
            method: exchange.method, isHTTP10: exchange.isHTTP10, keepsAlive: keepsAlive, trace: exchange.trace)
        loop.output.putHead(response, length: length, date: loop.date.bytes, id: exchange.id, framing: framing)
    }

    /// From how many bytes on a body is not copied into the output buffer.
    private static let largeBody = 4 << 10

    /// A large body is not copied: it is sent from where it is, behind what the output buffer holds, and what the socket
    /// does not take of it is kept as it is.
    private func putLarge(_ bytes: [UInt8], _ start: Int) {
        exchange.bytesSent += loop.output.count - start + bytes.count
        guard unsent.isEmpty else {
            sendOutput()
            if isOpen { unsent.append(contentsOf: bytes) }
            return
        }
        let head = loop.output.count
        let sent = bytes.withUnsafeBufferPointer { body in
            // Whether a socket that takes nothing is full or broken, its next event tells.
            max(0, clinux_send_both(fd, loop.output.base, head, body.baseAddress, body.count))
        }
        loop.counters.bytesSent.add(sent)
        if sent < head {
            unsent.append(contentsOf: UnsafeBufferPointer(start: loop.output.base + sent, count: head - sent))
            unsent.append(contentsOf: bytes)
        } else if sent < head + bytes.count {
            unsent = bytes
            unsentStart = sent - head
        }
        if hasUnsent { beginWriteDeadline() }
        loop.output.removeAll()
        loop.output.shrink(to: 1 << 20)
    }

    /// Sends what the loop's output buffer holds, which is this connection's, and closes if that was the last.
    @inline(__always)
    func flush() {
        if loop.output.count > 0 { sendOutput() }
        if isClosing, unsent.isEmpty, isOpen { finishClosing() }
    }

    private func sendOutput() {
        defer {
            loop.output.removeAll()
            loop.output.shrink(to: 1 << 20)
        }
        guard isOpen else { return }
        var sent = 0
        if unsent.isEmpty {
            sent = clinux_send(fd, loop.output.base, loop.output.count)
            if sent < 0 {
                guard errno == EAGAIN || errno == EINTR else {
                    close(.clientGone)
                    return
                }
                sent = 0
            }
            loop.counters.bytesSent.add(sent)
        }
        if sent < loop.output.count {
            if unsent.isEmpty { beginWriteDeadline() }
            let rest = UnsafeBufferPointer(start: loop.output.base + sent, count: loop.output.count - sent)
            unsent.append(contentsOf: rest)
        }
    }

    /// Sends what the socket did not take before.
    /// - Parameter continuing: whether to go on with what waited for it.
    func sendUnsent(continuing: Bool = true) {
        while unsentStart < unsent.count {
            let sent = unsent.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { clinux_send(fd, $0 + unsentStart, buffer.count - unsentStart) } ?? 0
            }
            if sent < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { unacknowledged = Int(clinux_unacknowledged(fd)) } else { close(.clientGone) }
                break
            }
            loop.counters.bytesSent.add(sent)
            unsentStart += sent
            setDeadline(loop.settings.writeMilliseconds)
        }
        guard isOpen else { return }
        if unsentStart == unsent.count {
            unsent = []
            unsentStart = 0
            if !hasPeerFinished { tellUndelivered(isClientGone: false) }
            restoreDeadline()
        } else {
            compactUnsent()
        }
        if continuing { continueAfterSending() }
    }

    private func beginWriteDeadline() {
        unacknowledged = Int(clinux_unacknowledged(fd))
        setDeadline(loop.settings.writeMilliseconds)
    }

    /// The socket reports room only when a third of its queue is free, which may take a slow reader longer than the
    /// deadline: what counts is whether the client has taken anything at all. If so the deadline begins anew.
    func hasProgressed() -> Bool {
        let now = Int(clinux_unacknowledged(fd))
        guard now < unacknowledged else { return false }
        unacknowledged = now
        setDeadline(loop.settings.writeMilliseconds)
        return true
    }

    /// Drops the sent part of a long queue, so that a stream's memory stays near its limit.
    private func compactUnsent() {
        guard state == .streaming, unsentStart > loop.settings.limits.outputBytes else { return }
        unsent.removeFirst(unsentStart)
        unsentStart = 0
    }

    private func continueAfterSending() {
        resumeWriters()
        guard unsent.isEmpty else { return }
        if isClosing {
            finishClosing()
        } else if state == .head || state == .body {
            processInput()
        }
    }

    /// After the write deadline comes that of the step that the connection is in.
    func restoreDeadline() {
        switch state {
        case .head: setDeadline(quietMilliseconds)
        case .body: setDeadline(loop.settings.bodyMilliseconds)
        case .admitting, .handling: setDeadline(loop.settings.handlerMilliseconds)
        case .streaming: setStreamDeadline()
        case .lingering, .closed: break
        }
    }
}
