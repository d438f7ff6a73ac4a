import Synchronization

/// Whether a signal has come that asks a command to end.
final class Interruption: Sendable {
    private let number = Atomic<Int32>(0)

    /// The signal's number; nil if none has come.
    var signal: Int32? {
        let number = number.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    func come(_ signal: Int32) { number.store(signal, ordering: .releasing) }
}
