import Synchronization

/// What a route's successful answers get beyond what its handler says, as follows from what the route declares. A class,
/// since every request looks at them.
final class RouteConventions: Sendable {
    /// Whether the state that is shown gets a tag, by which clients ask whether it has changed.
    let hasEntityTag: Bool
    /// Whether a body may be coded for the way. Only where everybody may read it: the length of coded text tells what
    /// stands beside text that somebody else has chosen (BREACH), and that must be nothing which that somebody could not
    /// have asked for himself. Errors, which quote requests, never are.
    let isCoded: Bool
    let isAlias: Bool
    /// For answers that are soon there, and often the same: how one was coded last.
    let coded: CodedBodies?
    /// For answers that are given again while nothing has changed.
    let repeated: RepeatedAnswers?

    /// - Parameter store: where what routes show is kept; nil to make every answer anew.
    init(_ route: Route, store: (any DocumentStore)? = nil) {
        let isData =
            switch route.operation.reply {
            case .text: false
            case .media(let type): type != .metrics
            case .json: true
            }
        let isForAll = route.operation.access == nil || route.operation.access == .anyone
        hasEntityTag = route.method == .get && isData
        isCoded = hasEntityTag && isForAll
        isAlias = route.successor != nil
        repeated =
            if isCoded, let shown = route.shown, let store {
                RepeatedAnswers(showing: shown, of: store)
            } else {
                nil
            }
        coded = isCoded && (route.immediate != nil || route.atOnce != nil) ? CodedBodies() : nil
    }
}

/// The codings of one body.
final class CodedBodies: Sendable {
    private let bodies = Mutex<[(tag: EntityTag, bytes: [UInt8])]>([])

    subscript(tag: EntityTag) -> [UInt8]? {
        get { bodies.withLock { $0.first { $0.tag == tag }?.bytes } }
        set {
            guard let newValue else { return }
            bodies.withLock { bodies in
                bodies.removeAll { $0.tag.coding == tag.coding }
                bodies.append((tag, newValue))
            }
        }
    }
}
