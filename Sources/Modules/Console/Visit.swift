import Authentication
import Jobs
import Kernel

/// One request of a browser. What a page shows and does goes through the service's own routes, in the name of whoever
/// makes the request: whatever those refuse is refused here, and told in their words.
struct Visit: Sendable {
    let request: Request
    let console: Console
    let place: Place
    /// What proves who it is.
    private let credentials: [(name: String, value: String)]
    /// Whether they have logged in with an API key that still counts.
    let hasSession: Bool

    /// - Parameter key: what they have just logged in with; nil for the key of their session, if they have one.
    init(_ request: Request, _ console: Console, key: String? = nil) {
        self.request = request
        self.console = console
        place = Place(request)
        let session = SessionCookie.value(in: request)
        let key = key ?? console.sessions.flatMap { sessions in session.flatMap(sessions.key(of:)) }
        hasSession = key != nil
        credentials =
            request.headers.values(of: "Cookie").map { ("Cookie", $0) } + (key.map { [("X-API-Key", $0)] } ?? [])
    }

    /// Asks one of the service's routes.
    /// - Parameters:
    ///   - target: a path with its query.
    ///   - headers: beside those that say who it is.
    func send(
        _ method: Method, _ target: String, _ body: JSON? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> Reply {
        let response = await console.context.respond(
            to: try own(method, target, credentials + headers, body?.bytes ?? []))
        return Reply(response.status, response.allHeaders, try await response.collectedBody())
    }

    /// What a route shows.
    /// - Throws: what it answers instead.
    func get(_ target: String, _ query: [QueryItem] = []) async throws -> JSON {
        try await send(.get, PercentEncoding.target(target, query)).checked().json
    }

    /// The job of an id, taken as an id: `/jobs/summary` shows something, but no job.
    func job(_ id: String) async throws -> Job {
        let job = Job(try await get("/jobs/\(PercentEncoding.encode(id))"))
        guard job.id?.isExactly(id) == true else {
            throw HTTPError(.notFound, code: "jobs.not-found", message: "No job found for jobId: \(id)")
        }
        return job
    }

    /// The jobs that a route lists.
    func jobs(_ target: String, _ query: [QueryItem] = []) async throws -> [Job] {
        (try await get(target, query).array ?? []).map(Job.init)
    }

    /// Who they are to a route, if it would admit them.
    func principal(for method: Method, _ target: String) async -> Principal? {
        guard let request = try? own(method, target, credentials, []) else { return nil }
        return await console.context.principal(of: request)
    }

    /// Whether a route admits whoever proves nothing.
    func isOpen(_ method: Method, _ target: String) async -> Bool {
        guard let request = try? own(method, target, [], []) else { return false }
        return await console.context.principal(of: request) != nil
    }

    private func own(
        _ method: Method, _ target: String, _ headers: [(name: String, value: String)], _ body: [UInt8]
    ) throws -> Request {
        var own = try Request(method, target, headers: Headers(headers), body: body)
        own.id = request.id
        own.trace = request.trace
        own.client = request.client
        return own
    }
}

/// What one of the service's routes answers.
struct Reply: Sendable {
    let status: Status
    let headers: Headers
    let json: JSON

    init(_ status: Status, _ headers: Headers, _ body: [UInt8]) {
        self.status = status
        self.headers = headers
        json = (try? JSON(parsing: body)) ?? .null
    }

    var isDone: Bool { status == .ok }
    /// Why not, in the route's own words.
    var message: String { json["message"]?.string ?? "The service answers with \(status.code)" }
    var code: String { json["code"]?.string ?? "" }

    /// - Throws: the error that it is.
    func checked() throws(HTTPError) -> Reply {
        if isDone { return self }
        throw HTTPError(status, code: code, message: message, retryAfter: headers["Retry-After"].flatMap { Int($0) })
    }

    /// The cursor of the next page, as the `Link` of a list has it.
    var next: String? {
        guard let link = headers["Link"], let end = link.firstIndex(of: ">") else { return nil }
        let target = link[link.index(after: link.startIndex)..<end]
        return (try? Request(.get, "/" + target))?.query.first { $0.name == "after" }?.value
    }
}
