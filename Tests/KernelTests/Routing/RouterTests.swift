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
            (.delete, "/jobs", "405 GET, POST, HEAD, OPTIONS"), (.get, "/jobs?x=/jobs/1", "/jobs"),
        ] as [(Method, String, String)])
    func matches(method: Method, target: String, expected: String) throws {
        #expect(try match(method, target) == expected)
    }
}
