/// What is told of a finished request to the server's access hook, on the event loop that had it.
public struct AccessRecord: Sendable {
    /// `other` if the request was refused before its method was understood.
    public let method: Method
    /// What the client was answered; 499 if it had gone.
    public internal(set) var status: Status
    /// The index of the route that answered, if one did.
    let route: Int?
    /// Whether its line is wanted although the route is quiet.
    let isNotable: Bool
    /// Why the response is not what was asked for.
    let failure: Response.Failure?
    /// Who is connected: the client, or a proxy; nil for a Unix-domain socket.
    let peer: NetworkAddress?
    /// Who asked, as far as that is known.
    public internal(set) var principal: Principal?
    public let requestID: RequestID
    public let trace: TraceContext?
    /// From the end of the request to the last byte of the response being handed to the system or queued for it.
    public let nanoseconds: Int64
    /// Of the response, its head included.
    public let bytesSent: Int
    public internal(set) var ending: Ending
    let head: ReceivedHead
    /// Of a stream that goes on for as long as it likes, how long its head took: what its request waited for.
    var nanosecondsToHead: Int64?

    /// How a request came to its end.
    public enum Ending: Sendable, Hashable {
        /// The whole response was sent.
        case complete
        /// The client had gone before it had the whole response: nobody's fault here.
        case clientGone
        /// The response is not whole, and the client can tell; why.
        case brokenOff(String)
    }

    /// The request target as the client wrote it, in visible ASCII; empty if the request was refused before its head
    /// was understood. It may hold what does not belong in a log, see `LoggedTarget`.
    public var target: String { head.target }
    /// The same as it may be shown to many: without what looks like a credential.
    public var shownTarget: String { LoggedTarget.text(of: target) }
    public var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
    public var duration: Duration { .nanoseconds(nanoseconds) }
}
