/// What happens to every request between the server and its handler: routing, the refusal of writes from elsewhere,
/// access, and the turning of errors into responses.
struct Pipeline: Sendable {
    private let router: Router
    private let access: any AccessControl
    private let origins: Reloadable<OriginPolicy>
    private let proxies: Reloadable<TrustedProxies>

    init(
        _ routes: [Route], access: any AccessControl, origins: Reloadable<OriginPolicy>,
        proxies: Reloadable<TrustedProxies>
    ) {
        router = Router(routes)
        self.access = access
        self.origins = origins
        self.proxies = proxies
    }

    /// The answer of a route that has it at hand; nil for all others, which `respond` is for.
    func respondImmediately(to request: Request) -> Response? {
        guard !request.hasEscapedSlash, let index = router.literalRoute(request.method, request.path),
            let immediate = router.routes[index].immediate
        else { return nil }
        var response = immediate(request)
        response.route = index
        return response
    }

    /// Answers a request. Never throws: whatever goes wrong is a response.
    func respond(to request: Request) async -> Response {
        var request = request
        let path = request.hasEscapedSlash ? "" : request.path
        switch router.match(request.method, path: path, segments: { request.segments }) {
        case .found(let index, let parameters):
            let route = router.routes[index]
            request.parameters = parameters
            request.client = proxies.value.client(of: request.client, headers: request.headers)
            var response: Response
            do {
                if !request.method.isSafe { try origins.value.check(request) }
                if let access = route.operation.access, access != .anyone {
                    try await self.access.admit(&request, to: access)
                }
                response = try await handle(request, route)
            } catch {
                response = Response(to: error, request.id)
            }
            response.route = index
            return response
        case .otherMethods(let endpoint):
            let allow = Headers([("Allow", endpoint.allow)])
            if request.method == .options { return Response(.ok, contentType: .text, headers: allow) }
            let message = "\(request.method.rawValue) is not possible here; possible are \(endpoint.allow)"
            return Response(
                HTTPError(.methodNotAllowed, code: "route.method-not-allowed", message: message, headers: allow),
                request.id)
        case .unknownPath:
            if request.method == .options, request.path == "*" { return Response(.ok, contentType: .text) }
            return Response(
                HTTPError(.notFound, code: "route.not-found", message: "There is nothing at this path"), request.id)
        }
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
    /// What is answered for an error, whatever it is: what clients must not know of it goes into `failure`.
    fileprivate init(to error: any Error, _ id: RequestID) {
        switch error {
        case let error as HTTPError:
            self.init(error, id)
        case StoreError.unavailable(let reason, let retryAfter):
            self.init(.storageUnavailable(retryAfter: retryAfter), id)
            failure = Failure("the storage cannot answer: \(reason)")
        case is CancellationError:
            self.init(.storageUnavailable(retryAfter: 1), id)
        default:
            let message = "The request failed unexpectedly; the log has the reason under this request id"
            self.init(HTTPError(.internalServerError, code: "internal", message: message), id)
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
