/// What happens to every request between the server and its handler: routing, the refusal of writes from elsewhere,
/// access, and the turning of errors into responses.
struct Pipeline: Sendable {
    private let router: Router
    /// Of each route, in their order.
    private let conventions: [RouteConventions]
    private let access: any AccessControl
    private let origins: Reloadable<OriginPolicy>
    private let proxies: Reloadable<TrustedProxies>
    private let isObserved: Bool

    /// - Parameters:
    ///   - store: where what routes show is kept; nil to make every answer anew.
    ///   - isObserved: whether somebody wants to know of what is done for which request.
    init(
        _ routes: [Route], access: any AccessControl, origins: Reloadable<OriginPolicy>,
        proxies: Reloadable<TrustedProxies>, store: (any DocumentStore)? = nil,
        isObserved: Bool = false
    ) {
        self.isObserved = isObserved
        router = Router(routes)
        conventions = routes.map { RouteConventions($0, store: store) }
        self.access = access
        self.origins = origins
        self.proxies = proxies
    }

    /// The answer where it is at hand, or can be made without waiting; nil for all others, which `respond` is for.
    func respondImmediately(to request: Request) -> Response? {
        guard isObserved else { return answer(request) }
        return RequestScope.$current.withValue(RequestScope(id: request.id, trace: request.trace)) { answer(request) }
    }

    private func answer(_ request: Request) -> Response? {
        guard request.method.isSafe, !request.hasEscapedSlash,
            case .found(let index, let parameters) = router.match(request.method, path: request.path, segments: { [] })
        else { return nil }
        let conventions = conventions[index]
        var response: Response
        do {
            guard let answer = try answerAtHand(to: request, index, parameters, conventions) else { return nil }
            response = answer
            if conventions.hasEntityTag {
                let coding = try response.select(for: request, by: conventions)
                guard response.codeAtOnce(coding, conventions) else { return nil }
            }
        } catch {
            response = Response(to: error, request)
        }
        if conventions.isAlias { router.routes[index].addSuccessor(to: &response.headers, parameters) }
        response.route = index
        return response
    }

    private func answerAtHand(
        to request: Request, _ index: Int, _ parameters: PathParameters, _ conventions: RouteConventions
    ) throws -> Response? {
        if let immediate = router.routes[index].immediate {
            var response = immediate(request)
            response.tellOfHeaders()
            return response
        }
        if let answer = conventions.repeated?.answer(to: request) { return answer }
        // What may have to be coded is left to `respond`, which does not code on an event loop.
        guard let atOnce = router.routes[index].atOnce, !request.headers.mayHave(.acceptEncoding) else { return nil }
        var request = request
        request.route = index
        request.parameters = parameters
        request.client = proxies.value.client(of: request.client, headers: request.headers)
        let revision = conventions.repeated?.revision
        guard var response = try atOnce(request) else { return nil }
        response.tellOfHeaders()
        response.prepareEntityTag(by: conventions)
        conventions.repeated?.keep(response, to: request, asOf: revision)
        return response
    }

    /// Finds the route of a request and whether it may take it, for which the head suffices.
    func admit(_ request: Request) async -> Admission {
        let path = request.hasEscapedSlash ? "" : request.path
        switch router.match(request.method, path: path, segments: { request.segments }) {
        case .found(let index, let parameters):
            var request = request
            request.route = index
            request.parameters = parameters
            request.parameters.hasEscapedSlash = request.hasEscapedSlash
            request.client = proxies.value.client(of: request.client, headers: request.headers)
            do {
                if !request.method.isSafe { try origins.value.check(request) }
                if let access = router.routes[index].operation.access, access != .anyone {
                    request.principal = try await self.access.principal(of: request, to: access)
                    try access.check(request.principal)
                }
                return .admitted(request)
            } catch {
                var response = Response(to: error, request)
                router.routes[index].addSuccessor(to: &response.headers, parameters)
                response.route = index
                response.principal = request.known
                return .refused(response)
            }
        case .otherMethods(let endpoint):
            return .refused(Self.otherMethods(request, possible: endpoint.allow))
        case .unknownPath:
            // `*` and the authority that CONNECT names stand for the server as a whole.
            let isServer = request.path == "*" || request.method == .connect && request.path.isEmpty
            if isServer { return .refused(Self.otherMethods(request, possible: router.allow)) }
            return .refused(
                Response(
                    to: HTTPError(.notFound, code: "route.not-found", message: "There is nothing at this path"),
                    request))
        }
    }

    /// Answers a request, which need not have been admitted before. Never throws: whatever goes wrong is a response.
    func respond(to request: Request) async -> Response {
        guard isObserved else { return await handle(request) }
        return await RequestScope.$current.withValue(RequestScope(id: request.id, trace: request.trace)) {
            await handle(request)
        }
    }

    private func handle(_ request: Request) async -> Response {
        if let index = request.route { return await handle(request, by: index) }
        switch await admit(request) {
        case .refused(let response): return response
        case .admitted(let request): return await handle(request, by: request.route ?? 0)
        }
    }

    private func handle(_ request: Request, by index: Int) async -> Response {
        var response: Response
        do {
            let revision = conventions[index].repeated?.revision
            response = try await handle(request, router.routes[index])
            response.tellOfHeaders()
            response.prepareEntityTag(by: conventions[index])
            conventions[index].repeated?.keep(response, to: request, asOf: revision)
            if conventions[index].hasEntityTag {
                let coding = try response.select(for: request, by: conventions[index])
                if coding != .identity { await response.code(coding, conventions[index]) }
            }
        } catch {
            response = Response(to: error, request)
        }
        if conventions[index].isAlias {
            router.routes[index].addSuccessor(to: &response.headers, request.parameters)
        }
        response.route = index
        response.principal = request.known
        return response
    }

    /// The answer to a method that the path does not have.
    private static func otherMethods(_ request: Request, possible: String) -> Response {
        let allow = Headers([("Allow", possible)])
        if request.method == .options { return Response(.ok, contentType: .text, headers: allow) }
        let message = "\(request.method.rawValue) is not possible here; possible are \(possible)"
        return Response(
            to: HTTPError(.methodNotAllowed, code: "route.method-not-allowed", message: message, headers: allow),
            request)
    }

    /// A body from this size on is read on a thread of its own: 4 MB take a tenth of a second to parse, for which an
    /// event loop's other clients should not wait.
    private static let largeBody = 64 << 10

    private func handle(_ request: Request, _ route: Route) async throws -> Response {
        guard request.body.count >= Self.largeBody else { return try await route.handler(request) }
        return try await withTaskExecutorPreference(ThreadExecutor.largeBodies) { try await route.handler(request) }
    }
}

extension Response {
    /// Has the log tell of headers that do not go out as the handler has made them.
    fileprivate mutating func tellOfHeaders() {
        if let problem = headers.problem, failure == nil { failure = Failure(problem) }
    }

    /// What is answered for an error, whatever it is: what clients must not know of it goes into `failure`.
    fileprivate init(to error: any Error, _ request: borrowing Request) {
        let (id, asProblem) = (request.id, request.headers.wantProblemDetails)
        switch error {
        case let error as HTTPError:
            self.init(error, id, asProblem: asProblem)
        case StoreError.unavailable(let reason, let retryAfter):
            self.init(.storageUnavailable(retryAfter: retryAfter), id, asProblem: asProblem)
            failure = Failure("the storage cannot answer: \(reason)")
        case is CancellationError:
            self.init(.storageUnavailable(retryAfter: 1), id, asProblem: asProblem)
        default:
            let message = "The request failed unexpectedly; the log has the reason under this request id"
            self.init(HTTPError(.internalServerError, code: "internal", message: message), id, asProblem: asProblem)
            failure = Failure("the request failed unexpectedly", detail: error.words)
        }
    }
}

extension HTTPError {
    /// 503 for a store that cannot answer now.
    static func storageUnavailable(retryAfter: Int) -> HTTPError {
        HTTPError(
            .serviceUnavailable, code: "storage.unavailable", message: "The storage cannot answer now; try again",
            retryAfter: retryAfter)
    }
}
