import Synchronization

/// A request whose body is still arriving.
final class IncomingBody {
    var request: Request
    var bytes: [UInt8] = []
    var framing: Framing

    enum Framing {
        /// So many bytes are still to come.
        case length(Int)
        case chunked(ChunkedDecoder)
    }

    init(_ request: Request, _ framing: Framing) {
        self.request = request
        self.framing = framing
    }
}

extension Connection {
    /// Takes bytes of the body; starts the handler with the last one. Returns how many it used, 0 after a refusal.
    func consumeBody(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        guard let body = incomingBody else { return 0 }
        guard countBody(body.bytes.count + min(count, loop.settings.limits.bodyBytes)) else {
            refuse(.tooManyBodies)
            return 0
        }
        switch body.framing {
        case .length(let remaining):
            let taken = min(count, remaining)
            body.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: taken))
            body.framing = .length(remaining - taken)
            if taken == remaining { finishBody(body) }
            return taken
        case .chunked(var decoder):
            let outcome = decoder.decode(bytes, count, into: &body.bytes)
            body.framing = .chunked(decoder)
            switch outcome {
            case .more: return count
            case .finished(let consumed):
                finishBody(body)
                return consumed
            case .failed(let fault):
                refuse(fault)
                return 0
            }
        }
    }

    /// Keeps the sum of all bodies; false if there is no room for so many bytes of this one.
    private func countBody(_ count: Int) -> Bool {
        let more = count - countedBodyBytes
        guard more > 0 else { return true }
        countedBodyBytes = count
        return loop.server.bodyBytes.add(more, ordering: .relaxed).newValue <= loop.settings.limits.allBodiesBytes
    }

    func uncountBody() {
        guard countedBodyBytes > 0 else { return }
        loop.server.bodyBytes.subtract(countedBodyBytes, ordering: .relaxed)
        countedBodyBytes = 0
    }

    private func finishBody(_ body: IncomingBody) {
        incomingBody = nil
        body.request.body = body.bytes
        startHandler(body.request)
    }
}
