import CLinux

/// Running the handler: its task starts on the loop's thread and, if it never suspends, ends there before
/// `startHandler` returns.
extension Connection {
    func startHandler(_ request: consuming Request) {
        // One that was admitted knows who it is from.
        if request.route == nil { request.client = peer }
        state = .handling
        exchangeNumber &+= 1
        loop.counters.requests.add(1)
        if let immediate = loop.server.immediate, let response = immediate(request) { return answer(response) }
        let request = request
        startTask { [self] number in
            let response = await loop.server.handler(request)
            if case .streamed(let stream) = response.body, !response.status.forbidsBody,
                startStream(response, stream, number)
            {
                await runStream(stream, number)
            } else {
                answer(response, number)
            }
        }
    }

    /// Runs what the present step asks of the service, and keeps its task if it does not end at once.
    /// - Parameter body: told the number of the request, to find out whether that is still the one.
    func startTask(_ body: @escaping @Sendable (UInt64) async -> Void) {
        let number = exchangeNumber
        loop.taskCount += 1
        loop.counters.requestsInFlight.add(1)
        let task = Task.immediate(executorPreference: loop) { [self] in
            await body(number)
            finishTask()
        }
        guard exchangeNumber == number, hasTask else {
            // The client was found gone by what the task has written, which may have begun to wait since.
            if !isOpen { task.cancel() }
            return
        }
        self.task = task
        // A client that does not read has its own deadline already.
        if !hasUnsent { restoreDeadline() }
    }

    private var hasTask: Bool { state == .handling || state == .streaming || state == .admitting }

    /// Sends a handler's answer, or drops it if its request has been given up. Runs on the loop, in the handler's
    /// task, like what follows.
    private func answer(_ response: Response, _ number: UInt64) {
        if exchangeNumber == number, state == .handling { answer(response) }
    }

    private func startStream(_ response: Response, _ stream: StreamedBody, _ number: UInt64) -> Bool {
        exchangeNumber == number && state == .handling && beginStream(response, stream)
    }

    /// The task is about to end. If it had been suspended, nobody else goes on with the connection.
    private func finishTask() {
        if !isProcessing, isOpen { processInput() }
        loop.taskCount -= 1
        loop.counters.requestsInFlight.add(-1)
        if loop.isDraining { loop.stopIfDrained() }
    }

    /// Answers the present request with a whole response and makes ready for the next.
    func answer(_ response: Response) {
        let keepsAlive = exchange.keepsAlive && loop.keepsConnections
        put(response, keepsAlive: keepsAlive)
        finishExchange(keepsAlive: keepsAlive)
    }

    /// Refuses the present request for the engine's own reasons.
    func refuse(_ fault: RequestFault) {
        refuse(loop.server.rejection(fault.error, exchange.id, Headers(exchange.head)))
    }

    /// Refuses a request of which nothing was understood.
    func refuseUnknown(_ fault: RequestFault) {
        exchange = Exchange(id: loop.requestIDs.next(), startedAt: clinux_nanoseconds())
        refuse(fault)
    }

    /// Answers the present request, after which nothing is parsed.
    func refuse(_ response: Response) {
        exchange.keepsAlive = false
        hasRefused = true
        incomingBody = nil
        put(response, keepsAlive: false)
        finishExchange(keepsAlive: false)
    }

    /// Gives the present request up, so that its handler's answer is late.
    /// - Parameter cancels: whether to tell the handler.
    func abandonTask(cancels: Bool = true) {
        exchangeNumber &+= 1
        if cancels { task?.cancel() }
        task = nil
    }

    /// The request is answered, for better or worse.
    func finishExchange(keepsAlive: Bool, _ ending: AccessRecord.Ending = .complete) {
        report(ending)
        exchange.head = .none
        stream = nil
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
