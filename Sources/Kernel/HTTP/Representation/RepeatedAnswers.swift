import Synchronization

/// The last answers of a route that shows nothing but some collections, to be given again while the store says that
/// nothing in these has been committed since: what many clients ask for every few seconds is then read and put together
/// once for all of them. After a second it is read again all the same, in case another program has written to the
/// database.
///
/// An answer is found by the target as it was written, so that whoever asks in other words has one of their own. Few are
/// kept, and none that is large.
final class RepeatedAnswers: Sendable {
    private struct Answer {
        let target: [UInt8]
        let revision: UInt64
        let end: ContinuousClock.Instant
        let response: Response
    }

    private static let longest = Duration.seconds(1)

    private static let most = 8
    /// As much as a step of a list reads.
    private static let mostBytes = 192 << 10

    private let store: any DocumentStore
    private let collections: [Collection]
    private let answers = Mutex<[Answer]>([])

    init(showing collections: [Collection], of store: any DocumentStore) {
        self.collections = collections
        self.store = store
    }

    /// As of which state of the store an answer is that is made from now on; nil if none can be kept.
    var revision: UInt64? { store.revision(of: collections) }

    /// The answer that was kept for the request, if it still holds.
    func answer(to request: borrowing Request) -> Response? {
        guard let target = request.headers.receivedTarget else { return nil }
        return answers.withLock { answers in
            guard let index = answers.lastIndex(where: { $0.target.elementsEqual(target) }) else { return nil }
            let known = answers[index]
            guard known.revision == revision, .now < known.end else { return nil }
            // The one that was not asked for the longest goes first.
            if index != answers.count - 1 { answers.swapAt(index, answers.count - 1) }
            return known.response
        }
    }

    /// Keeps an answer that succeeded and is whole.
    /// - Parameter revision: as it was before the answer was begun.
    func keep(_ response: Response, to request: borrowing Request, asOf revision: UInt64?) {
        guard let revision, response.status == .ok, request.method == .get, case .bytes(let bytes) = response.body,
            bytes.count <= Self.mostBytes, let target = request.headers.receivedTarget
        else { return }
        let answer = Answer(
            target: Array(target), revision: revision, end: .now + Self.longest, response: response)
        answers.withLock { answers in
            answers.removeAll { $0.revision != revision || $0.target == answer.target }
            if answers.count == Self.most { answers.removeFirst() }
            answers.append(answer)
        }
    }
}
