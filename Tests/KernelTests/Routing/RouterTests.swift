import Testing

@testable import Kernel

@Suite("Routing")
struct RouterTests {
    private static func route(_ method: Method, _ pattern: RoutePattern) -> Route {
        Route(method, pattern, Operation("", access: .anyone)) { _ in Response() }
    }

    private let router = Router([
        route(.get, "/jobs"), route(.post, "/jobs"), route(.get, "/jobs/{jobId}"), route(.put, "/jobs/{jobId}"),
        route(.get, "/jobs/latest"), route(.get, "/targets/{name}/jobs"), route(.delete, "/a/{x}/b/{y}"),
        route(.get, "/files/{path...}"), route(.get, "/files/{name}/info"), route(.put, "/files/index"),
    ])

    private func match(_ method: Method, _ target: String) throws -> String {
        let request = try Request(method, target)
        switch router.match(method, path: request.hasEscapedSlash ? "" : request.path, segments: { request.segments }) {
        case .found(let index, let parameters):
            let route = router.routes[index]
            let captured = route.pattern.captures.map { "\($0)=\(parameters[$0] ?? "nil")" }
            return ([route.pattern.description] + captured).joined(separator: " ")
        case .otherMethods(let endpoint): return "405 \(endpoint.allow)"
        case .unknownPath: return "404"
        }
    }

    @Test(
        "paths find their routes",
        arguments: [
            (.get, "/jobs", "/jobs"), (.head, "/jobs", "/jobs"), (.get, "/jobs/1", "/jobs/{jobId} jobId=1"),
            (.get, "/jobs/latest", "/jobs/latest"), (.put, "/jobs/latest", "405 GET, HEAD, OPTIONS"),
            (.get, "/jobs/", "404"), (.get, "/jobs//", "404"), (.get, "//jobs", "404"), (.get, "/", "404"),
            (.get, "/jobs/1/2", "404"), (.get, "/JOBS", "404"), (.get, "/%6aobs", "/jobs"),
            (.get, "/jobs/a%2Fb", "/jobs/{jobId} jobId=a/b"), (.get, "/jobs%2F1", "404"),
            (.get, "/jobs/%C3%A6", "/jobs/{jobId} jobId=æ"), (.get, "/jobs/..", "/jobs/{jobId} jobId=.."),
            (.get, "/targets/X/jobs", "/targets/{name}/jobs name=X"), (.get, "/targets//jobs", "404"),
            (.delete, "/a/1/b/2", "/a/{x}/b/{y} x=1 y=2"), (.get, "/a/1/b/2", "405 DELETE, OPTIONS"),
            (.get, "/files/a", "/files/{path...} path=a"), (.get, "/files/a/b/c", "/files/{path...} path=a/b/c"),
            (.get, "/files", "404"), (.get, "/files/", "/files/{path...} path="),
            (.get, "/files/a//b/", "/files/{path...} path=a//b/"), (.get, "/files/a/info", "/files/{name}/info name=a"),
            (.get, "/files/a/info/x", "/files/{path...} path=a/info/x"),
            (.get, "/files/../jobs", "/files/{path...} path=../jobs"),
            (.get, "/files/%2e%2E/%C3%A6", "/files/{path...} path=../æ"),
            (.get, "/files/a%2Fb/c", "/files/{path...} path=a/b/c"), (.head, "/files/x/y", "/files/{path...} path=x/y"),
            (.post, "/files/x/y", "405 GET, HEAD, OPTIONS"), (.get, "/files/index", "405 PUT, OPTIONS"),
            (.delete, "/jobs", "405 GET, POST, HEAD, OPTIONS"), (.get, "/jobs?x=/jobs/1", "/jobs"),
        ] as [(Method, String, String)])
    func matches(method: Method, target: String, expected: String) throws {
        #expect(try match(method, target) == expected)
    }

    @Test(
        "what a catch-all took names something below a folder, or nothing",
        arguments: [
            ("/files/a/b.css", "a/b.css"), ("/files/a", "a"), ("/files/..a/b..", "..a/b.."), ("/files/", nil),
            ("/files/../a", nil), ("/files/a/../../b", nil), ("/files/%2e%2e/a", nil), ("/files/a/.", nil),
            ("/files/a//b", nil), ("/files//etc/passwd", nil), ("/files/a%2Fb", nil), ("/files/..%2fa", nil),
            ("/files/..%5Ca", nil),
        ] as [(String, String?)])
    func relativePaths(target: String, expected: String?) async throws {
        let pipeline = Pipeline(
            router.routes, access: OpenAccess(), origins: Reloadable(OriginPolicy()),
            proxies: Reloadable(TrustedProxies(networks: [], trustsLocalSockets: false)))
        guard case .admitted(let request) = await pipeline.admit(try Request(.get, target)) else {
            Issue.record("no route for \(target)")
            return
        }
        #expect(request.parameters.relativePath("path") == expected)
    }

    @Test(
        "a pattern that no path can match says why",
        arguments: [
            ("jobs", "it does not begin with a slash"), ("", "it does not begin with a slash"),
            ("/jobs/", "it has an empty segment"), ("/a//b", "it has an empty segment"),
            ("/jobs?x=1", "'?' is in no path"), ("/a#b", "'#' is in no path"),
            ("/a{b}", "'a{b}' is neither a capture nor a literal"), ("/{a", "'{a' is neither a capture nor a literal"),
            ("/{}", "the capture at its segment 1 has no name"),
            ("/a/{...}", "the capture at its segment 2 has no name"),
            ("/{a...}/b", "{a...} is not at its end"), ("/{a}/b/{a}", "it captures 'a' twice"),
            ("/", nil), ("/a/{b}/c/{d...}", nil),
        ] as [(String, String?)])
    func problems(pattern: String, problem: String?) {
        #expect(RoutePattern(stringLiteral: pattern).problem == problem)
    }
}
