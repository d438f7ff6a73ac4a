/// What a service has answered to a command's request.
public struct ServiceReply: Sendable {
    public let status: Int
    public let headers: Headers
    public let body: [UInt8]

    /// The name of the program, for what is to be done about a failure.
    let program: String

    /// The body of a success.
    /// - Throws: `CommandFailure` with the service's own words for anything else.
    public func json() throws -> JSON {
        guard status == 200 else { throw failure }
        return try JSON(parsing: body)
    }

    /// The stable name of an error.
    public var code: String? { (try? JSON(parsing: body))?["code"]?.string }

    /// An error of the service as the failure of a command.
    public var failure: CommandFailure {
        let error = try? JSON(parsing: body)
        let message = error?["message"]?.string ?? "answer \(status)"
        switch error?["code"]?.string {
        case "route.method-not-allowed", "route.not-found":
            return CommandFailure(
                "this service does not take such requests: it is read-only (http.readOnly), or has not the module",
                remedy: "see what it has with '\(program) routes'")
        case "storage.unavailable":
            return CommandFailure(message, remedy: "the service's log has the reason", isPassing: true)
        default:
            return CommandFailure(message.printable())
        }
    }

    /// The target of the next page of a list (RFC 8288), as a query of the target that this is the reply to.
    public func next(after target: String) -> String? {
        for link in headers.values(of: "Link") where link.hasSuffix("; rel=\"next\"") {
            guard let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">") else { continue }
            let reference = link[link.index(after: start)..<end]
            return reference.hasPrefix("?") ? String(target.prefix { $0 != "?" } + reference) : String(reference)
        }
        return nil
    }
}
