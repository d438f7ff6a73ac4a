/// The limits and deadlines that are in force, as the event loops use them. Each loop has a copy of its own, which a
/// message replaces between two turns: a request meets the old ones or the new ones, and asking for them takes no lock.
struct ServerSettings: Sendable {
    let limits: ServerConfiguration.Limits
    let headMilliseconds: Int64
    let bodyMilliseconds: Int64
    let idleMilliseconds: Int64
    let lastRequestMilliseconds: Int64
    let handlerMilliseconds: Int64
    let writeMilliseconds: Int64
    let lingerMilliseconds: Int64

    init(_ configuration: ServerConfiguration) {
        limits = configuration.limits
        let deadlines = configuration.deadlines
        headMilliseconds = deadlines.head.milliseconds
        bodyMilliseconds = deadlines.body.milliseconds
        idleMilliseconds = deadlines.idle.milliseconds
        lastRequestMilliseconds = deadlines.lastRequest.milliseconds
        handlerMilliseconds = deadlines.handler.milliseconds
        writeMilliseconds = deadlines.write.milliseconds
        lingerMilliseconds = deadlines.linger.milliseconds
    }

    /// How much a loop reads at once.
    var inputCapacity: Int { limits.headBytes + limits.pipelinedBytes }
}

extension EventLoop {
    /// The buffer only grows: a connection may hold input that the limits of before allowed.
    func apply(_ new: ServerSettings) {
        settings = new
        parser = RequestParser(new.limits)
        guard new.inputCapacity > inputCapacity else { return }
        input.deallocate()
        inputCapacity = new.inputCapacity
        input = .allocate(capacity: inputCapacity)
    }
}
