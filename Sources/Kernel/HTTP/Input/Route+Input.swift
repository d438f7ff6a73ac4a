extension Route {
    /// A route whose handler gets what it takes out of the request, checked, and returns a value.
    /// - Parameters:
    ///   - operation: what is said of it beside its inputs and what it returns, which say it themselves.
    ///   - input: what is read before the handler, in that order.
    ///   - atOnce: what is tried before the handler: answers what it can without waiting, and returns nil otherwise.
    ///     For routes that are for anyone and change nothing.
    ///   - handler: gets the request and the inputs.
    @inlinable
    public init<each I: Sendable, Result: ResponseGenerator>(
        _ method: Method, _ pattern: RoutePattern, _ operation: Operation, _ input: repeat Input<each I>,
        atOnce: (@Sendable (Request, repeat each I) throws -> Result?)? = nil,
        handler: @escaping @Sendable (Request, repeat each I) async throws -> Result
    ) {
        var declared = DeclaredInputs(operation, pattern)
        for input in repeat each input { declared.add(input) }
        declared.answer(Result.self)
        let inputs = (repeat each input)
        let code = declared.code
        self.init(method, pattern, declared) { request in
            var problems: [FieldProblem] = []
            let values = (repeat try (each inputs).read(request, &problems))
            guard problems.isEmpty else { throw HTTPError.invalidInput(problems, code: code) }
            return try await handler(request, repeat MissingInput.unwrap(each values)).response()
        }
        guard let atOnce else { return }
        answer { request in
            var problems: [FieldProblem] = []
            let values = (repeat try (each inputs).read(request, &problems))
            guard problems.isEmpty else { throw HTTPError.invalidInput(problems, code: code) }
            return try atOnce(request, repeat MissingInput.unwrap(each values))?.response()
        }
    }

    /// Has `atOnce` asked before the handler, where nothing is to be found out before.
    @usableFromInline mutating func answer(atOnce: @escaping @Sendable (Request) throws -> Response?) {
        if operation.access == .anyone, method.isSafe { self.atOnce = atOnce }
    }

    /// The route with the collections that its answers show.
    @usableFromInline func showing(_ collections: [Collection]?) -> Route {
        var route = self
        route.shown = collections
        return route
    }

    @usableFromInline init(
        _ method: Method, _ pattern: RoutePattern, _ declared: DeclaredInputs, handler: @escaping Handler
    ) {
        self.init(method, pattern, declared.operation, handler: handler)
        flaw = declared.flaw
    }
}

/// What a route's inputs and its result add to its operation.
@usableFromInline struct DeclaredInputs {
    @usableFromInline var operation: Operation
    @usableFromInline var code: String?
    private let pattern: RoutePattern
    var flaw: String?

    @usableFromInline init(_ operation: Operation, _ pattern: RoutePattern) {
        self.operation = operation
        self.pattern = pattern
    }

    @usableFromInline mutating func add<Value>(_ input: Input<Value>) {
        operation.query += input.query
        if let body = input.body { operation.body = body }
        if let own = input.code { code = own }
        if let name = input.capture, !pattern.captures.contains(where: { $0.isExactly(name) }) {
            flaw = "its handler takes '\(name)' from the path, which the pattern does not capture"
        }
    }

    @usableFromInline mutating func answer<Result: ResponseGenerator>(_ type: Result.Type) {
        if let reply = Result.reply { operation.reply = reply }
        if let body = Result.self as? any ReplyBody.Type, !body.isWritable {
            flaw = "it answers with \(Result.self), whose schema has no key paths to write it by"
        }
    }
}

extension ReplyBody {
    fileprivate static var isWritable: Bool { schema.isWritable }
}
