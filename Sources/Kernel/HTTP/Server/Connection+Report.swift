import CLinux

/// Telling the access hook how requests ended, once that is known.
///
/// A client that has closed its sending side may have gone, or only have nothing more to ask: both look alike until
/// something is sent to it, which one that has gone answers with a reset (RFC 9293 section 3.5.2). Until then its
/// answers count as undelivered, like those that the socket did not take as a whole.
extension Connection {
    /// So many are remembered of a client that sends many requests and then closes its sending side.
    private static let undeliveredLimit = 64

    /// Tells how the present request ended, now or once it is known.
    @inline(__always)
    func report(_ ending: AccessRecord.Ending) {
        guard loop.server.access != nil else { return }
        let record = AccessRecord(
            method: exchange.method, status: exchange.status, route: exchange.route, isNotable: exchange.isNotable,
            failure: exchange.failure, peer: peer, principal: exchange.principal, requestID: exchange.id,
            trace: exchange.trace,
            nanoseconds: max(0, clinux_nanoseconds() - exchange.startedAt), bytesSent: exchange.bytesSent,
            ending: ending, head: exchange.head, nanosecondsToHead: exchange.nanosecondsToHead)
        if isOpen, hasPeerFinished || hasUnsent { postpone(record) } else { tell(record) }
    }

    private func tell(_ record: AccessRecord) {
        loop.tally.count(record)
        loop.server.access?(record)
    }

    private func postpone(_ record: AccessRecord) {
        if undelivered.count == Self.undeliveredLimit { tell(undelivered.removeFirst()) }
        undelivered.append(record)
    }

    /// Tells of the postponed ones.
    func tellUndelivered(isClientGone: Bool) {
        guard !undelivered.isEmpty else { return }
        let records = undelivered
        undelivered = []
        for var record in records {
            if isClientGone { record.becomeGone() }
            tell(record)
        }
    }

    /// Tells of a request that ends with its connection, unanswered or in the middle of its answer.
    func reportEnd(of state: State, _ reason: CloseReason) {
        let hasStatus = state == .streaming
        switch (state, reason) {
        case (.admitting, _), (.body, _), (.handling, _), (.streaming, _):
            if !hasStatus {
                exchange.route = nil
                exchange.status = .serviceUnavailable
            }
            // Whoever follows events ends that by going.
            let isEnd = reason == .clientGone && state == .streaming && stream?.endsWithClient == true
            if reason == .clientGone, !isEnd { exchange.status = .clientClosedRequest }
            finishExchange(keepsAlive: false, isEnd ? .complete : reason.ending)
        case (.head, _), (.lingering, _), (.closed, _):
            break
        }
    }
}

/// Why a connection is closed at once.
enum CloseReason: Equatable {
    /// Nothing more is owed to the client.
    case done
    case clientGone
    case serviceEnds
    /// Of a streamed response, what went wrong.
    case producerFailed(String)

    fileprivate var ending: AccessRecord.Ending {
        switch self {
        case .done: .complete
        case .clientGone: .clientGone
        case .serviceEnds: .brokenOff("the service ended")
        case .producerFailed(let problem): .brokenOff(problem)
        }
    }
}

extension AccessRecord {
    fileprivate mutating func becomeGone() {
        status = .clientClosedRequest
        ending = .clientGone
    }
}
