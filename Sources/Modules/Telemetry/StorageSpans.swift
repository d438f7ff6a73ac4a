import Kernel

/// The spans of what requests ask the storage for.
struct StorageSpans: Sendable {
    let sampler: Sampler
    let exporter: SpanExporter

    func add(_ operation: StorageOperation) {
        guard let scope = RequestScope.current else { return }
        let request = SpanContext(scope.id, scope.trace)
        guard sampler.wants(request, parent: scope.trace?.isSampled) else { return }
        let end = Timestamp.now
        var span = Span(
            context: SpanContext(child: .random(in: 1 ... .max), of: request), parentID: request.spanID,
            name: "\(operation.kind.rawValue) \(operation.driver)", kind: .client,
            start: end - .nanoseconds(operation.nanoseconds), end: end)
        span.attributes = [
            ("db.system.name", .text(operation.driver)), ("db.operation.name", .text(operation.kind.rawValue)),
        ]
        if let error = operation.error as? StoreError {
            span.attributes.append(("error.type", .text(error.kind)))
            span.failure = error.words
        }
        exporter.add(span)
    }
}

extension StoreError {
    fileprivate var kind: String {
        switch self {
        case .unavailable: "unavailable"
        case .corrupt: "corrupt"
        case .misuse: "misuse"
        case .duplicateKey: "duplicate_key"
        }
    }
}
