/// The routes that every stack has: liveness, readiness and version.
struct Probes {
    let health: HealthMonitor
    let identity: ServiceIdentity
    let modules: [String]
    let storage: String
    let startedAt = Timestamp.now

    var routes: [Route] {
        [
            Route(
                .get, "/health/alive",
                Operation("Tells that the process answers; never touches the storage", access: .anyone, isQuiet: true),
                immediate: { request in
                    guard request.wantsJSON else { return Response(contentType: .text, body: .fixed("I'm alive!")) }
                    // The one check is this very answer.
                    return Response(
                        body: .fixed(
                            #"{"status":"alive","checks":[{"name":"event loop","status":"ok","ageSeconds":0}]}"#))
                }),
            Route(
                .get, "/health/ready",
                Operation(
                    "Tells whether the service can do its work", access: .anyone,
                    errors: [.serviceUnavailable: "Not ready: starting, stopping, or a check fails"], isQuiet: true)
            ) { [health] request in try await Self.ready(request, health) },
            Route(
                .get, "/version",
                Operation("Tells what is running", access: .anyone, reply: .json(Self.versionSchema), isQuiet: true),
                immediate: { [version = versionBytes] _ in Response(body: .bytes(version)) }),
        ]
    }

    private static func ready(_ request: Request, _ health: HealthMonitor) async throws -> Response {
        guard health.isServing else {
            throw notReady("starting or stopping", [health.lifecycle], request)
        }
        let outcomes = await health.outcomes()
        let failed = outcomes.filter { $0.problem != nil }
        guard failed.isEmpty else {
            throw notReady(failed.map(\.name).joined(separator: ", "), outcomes, request)
        }
        guard request.wantsJSON else { return Response(contentType: .text, body: .fixed("I'm ready!")) }
        let detail: JSON = ["status": "ready", "checks": details(outcomes)]
        return Response(body: .bytes(detail.bytes))
    }

    private static func notReady(
        _ reason: String, _ outcomes: [HealthMonitor.Outcome], _ request: Request
    ) -> HTTPError {
        var error = HTTPError(
            .serviceUnavailable, code: "health.not-ready", message: "Not ready: \(reason)", retryAfter: 1)
        if request.wantsJSON { error.details = [("status", "not ready"), ("checks", details(outcomes))] }
        return error
    }

    private static func details(_ outcomes: [HealthMonitor.Outcome]) -> JSON {
        .array(
            outcomes.map { outcome in
                [
                    "name": .string(outcome.name), "status": outcome.problem == nil ? "ok" : "failed",
                    "reason": outcome.problem.map(JSON.string),
                    "ageSeconds": .number((ContinuousClock.now - outcome.at) / .seconds(1)),
                ]
            })
    }

    private var versionBytes: [UInt8] {
        let version: JSON = [
            "service": .string(identity.service), "version": .string(identity.version),
            "commit": .string(identity.commit), "stack": .string(identity.stack),
            "modules": .array(modules.map(JSON.string)), "storage": .string(storage),
            "startedAt": .string(startedAt.description),
        ]
        return version.bytes
    }

    private static let versionSchema = JSONSchema.object(
        "Version",
        [
            .required("service", .string()), .required("version", .string()), .required("commit", .string()),
            .required("stack", .string()), .required("modules", .array(of: .string())),
            .required("storage", .string()), .required("startedAt", .timestamp),
        ])
}

extension Request {
    /// Whether the client asks for JSON where text is the default (RFC 9110 section 12.5.1).
    var wantsJSON: Bool { headers.mayHave(.accept) && headers["Accept"]?.contains("application/json") == true }
}
