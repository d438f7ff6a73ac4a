import Kernel

/// Talks to a service under test: to its routes within the process, or through a live socket. The same test can do
/// both.
public struct TestClient: Sendable {
    public enum Transport: Sendable, CaseIterable {
        case inProcess
        case liveSocket
    }

    public let application: Application
    public let transport: Transport

    /// The port of a live service.
    public var port: Int { application.port }

    public func get(_ target: String, headers: [String: String] = [:]) async throws -> TestResponse {
        try await send(.get, target, headers: headers)
    }

    public func post(_ target: String, _ body: JSON, headers: [String: String] = [:]) async throws -> TestResponse {
        try await send(.post, target, body.bytes, headers: headers)
    }

    public func put(_ target: String, _ body: JSON, headers: [String: String] = [:]) async throws -> TestResponse {
        try await send(.put, target, body.bytes, headers: headers)
    }

    public func delete(_ target: String, headers: [String: String] = [:]) async throws -> TestResponse {
        try await send(.delete, target, headers: headers)
    }

    public func send(
        _ method: Method, _ target: String, _ body: [UInt8] = [], headers: [String: String] = [:]
    ) async throws -> TestResponse {
        switch transport {
        case .inProcess: try await sendInProcess(method, target, body, headers)
        case .liveSocket: try await sendLive(method, target, body, headers)
        }
    }

    private func sendInProcess(
        _ method: Method, _ target: String, _ body: [UInt8], _ headers: [String: String]
    ) async throws -> TestResponse {
        let fields = Headers(headers.map { (name: $0.key, value: $0.value) })
        let request = try Request(method, target, headers: fields, body: body)
        let response = await application.respond(to: request)
        let bytes = method == .head ? [] : try await response.collectedBody()
        return TestResponse(status: response.status.code, headers: response.allHeaders, bytes: bytes)
    }

    private func sendLive(
        _ method: Method, _ target: String, _ body: [UInt8], _ headers: [String: String]
    ) async throws -> TestResponse {
        let connection = try RawConnection(port: port)
        var head = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        connection.send(Array((head + "\r\n").utf8) + body)
        let response = try await connection.readResponse(toHead: method == .head)
        return TestResponse(status: response.status, headers: response.headers, bytes: response.body)
    }
}

/// What a service under test answered.
public struct TestResponse: Sendable {
    public let status: Int
    public let headers: Headers
    public let bytes: [UInt8]

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The body as JSON.
    public var json: JSON {
        get throws { try JSON(parsing: bytes) }
    }
}
