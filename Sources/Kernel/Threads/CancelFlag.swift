import Synchronization

/// Whether something that blocks a thread, such as a transfer of libcurl, is to end at once.
public final class CancelFlag: Sendable {
    private let isSet = Atomic(false)

    public init() {}

    public var value: Bool { isSet.load(ordering: .relaxed) }

    public func set() { isSet.store(true, ordering: .relaxed) }
}
