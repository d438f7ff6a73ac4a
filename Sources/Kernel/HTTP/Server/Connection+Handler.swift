import CLinux

/// Running the handler: its task starts on the loop's thread and, if it never suspends, ends there before
/// `startHandler` returns.
extension Connection {
    func startHandler(_ request: consuming Request) {
        request.client = peer
        state = .handling
        exchangeNumber &+= 1
        loop.counters.requests.add(1)
        if let immediate = loop.server.immediate, let response = immediate(request) { return answer(response) }
        let number = exchangeNumber
        loop.taskCount += 1
        loop.counters.requestsInFlight.add(1)
        let task = Task.immediate(executorPreference: loop) { [self] in
            let response = await loop.server.handler(request)
            if case .stream(let produce) = response.body, startStream(response, number) {
                await runStream(produce, number)
            } else {
                answer(response, number)
            }
            finishHandler()
        }
        guard exchangeNumber == number, state == .handling || state == .streaming else { return }
        self.task = task
        setDeadline(loop.settings.handlerMilliseconds)
    }

    /// Sends a handler's answer, or drops it if its request has been given up. Runs on the loop, in the handler's
    /// task, like what follows.
    private func answer(_ response: Response, _ number: UInt64) {
        if exchangeNumber == number, state == .handling { answer(response) }
    }

    private func startStream(_ response: Response, _ number: UInt64) -> Bool {
        exchangeNumber == number && state == .handling && beginStream(response)
    }

    /// The handler's task is about to end. If it had been suspended, nobody else goes on with the connection.
    private func finishHandler() {
        if !isProcessing, isOpen { processInput() }
        loop.taskCount -= 1
        loop.counters.requestsInFlight.add(-1)
        if loop.isDraining { loop.stopIfDrained() }
    }

    /// Answers the present request with a whole response and makes ready for the next.
    func answer(_ response: Response) {
        let keepsAlive = exchange.keepsAlive && loop.keepsConnections
        put(response, keepsAlive: keepsAlive)
        finishExchange(keepsAlive: keepsAlive, isComplete: true)
    }

    /// Refuses the present request for the engine's own reasons; nothing after it is parsed.
    func refuse(_ fault: RequestFault) {
        let response = loop.server.rejection(fault.error, exchange.id)
        exchange.keepsAlive = false
        hasRefused = true
        incomingBody = nil
        put(response, keepsAlive: false)
        finishExchange(keepsAlive: false, isComplete: true)
    }

    /// Gives the present request up, so that its handler's answer is late, and tells the handler.
    func abandonHandler() {
        exchangeNumber &+= 1
        task?.cancel()
        task = nil
    }

    /// The request is answered, for better or worse.
    func finishExchange(keepsAlive: Bool, isComplete: Bool) {
        if let access = loop.server.access {
            let record = AccessRecord(
                method: exchange.method, status: exchange.status, route: exchange.route,
                isNotable: exchange.isNotable, failure: exchange.failure, peer: peer, requestID: exchange.id,
                trace: exchange.trace,
                nanoseconds: max(0, clinux_nanoseconds() - exchange.startedAt), bytesSent: exchange.bytesSent,
                isComplete: isComplete, head: exchange.head)
            loop.tally.count(record)
            access(record)
        }
        exchange.head = .none
        uncountBody()
        task = nil
        guard isOpen else { return }
        state = .head
        hasBegunHead = false
        if !keepsAlive { isClosing = true }
        // Otherwise the write deadline goes on.
        quietSince = loop.now
        if keepsAlive, !hasUnsent { setDeadline(quietMilliseconds) }
    }
}
