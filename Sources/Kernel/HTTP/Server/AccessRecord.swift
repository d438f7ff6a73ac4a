/// What is told of a finished response to the server's access hook, on the event loop that sent it.
public struct AccessRecord: Sendable {
    /// `other` if the request was refused before its method was understood.
    public let method: Method
    public let status: Status
    /// The index of the route that answered, if one did.
    let route: Int?
    /// Whether its line is wanted although the route is quiet.
    let isNotable: Bool
    /// Why the response is not what was asked for.
    let failure: Response.Failure?
    /// Who is connected: the client, or a proxy; nil for a Unix-domain socket.
    let peer: NetworkAddress?
    public let requestID: RequestID
    public let trace: TraceContext?
    /// From the end of the request to the last byte of the response being handed to the system or queued for it.
    public let nanoseconds: Int64
    /// Of the response, its head included.
    public let bytesSent: Int
    /// False if the client had gone, or the response broke off.
    public let isComplete: Bool
    let head: ReceivedHead

    /// The request target as the client wrote it, in visible ASCII; empty if the request was refused before its head
    /// was understood. It may hold what does not belong in a log, see `LoggedTarget`.
    public var target: String { head.target }
    public var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
    public var duration: Duration { .nanoseconds(nanoseconds) }
}
