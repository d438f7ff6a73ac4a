import Synchronization

/// A value that a new reading of the configuration may replace while requests use it: they get the old one or the new
/// one as a whole, and take no lock for it.
///
/// What was replaced is kept as long as this object, since a request may be about to use it. An operator changes a
/// value a few times in the life of a process, so that is little.
public final class Reloadable<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private let current: Atomic<Unmanaged<Box>>
    private let boxes: Mutex<[Box]>

    public init(_ value: Value) {
        let box = Box(value)
        current = Atomic(Unmanaged.passUnretained(box))
        boxes = Mutex([box])
    }

    public var value: Value {
        current.load(ordering: .acquiring).takeUnretainedValue().value
    }

    public func replace(by value: Value) {
        let box = Box(value)
        boxes.withLock { boxes in
            boxes.append(box)
            current.store(Unmanaged.passUnretained(box), ordering: .releasing)
        }
    }
}
