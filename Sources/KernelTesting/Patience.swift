/// How long a test waits for what must come before it gives it up. Such a limit only keeps a test that hangs from
/// hanging for ever; no result depends on it, nor on how fast the machine is, so it is far longer than anything takes
/// on a slow machine that others use as well.
public enum Patience {
    public static let limit = Duration.seconds(300)

    /// The same for `poll(2)` and others that count milliseconds.
    public static let milliseconds = 300_000

    /// The limit as a configuration has it, for deadlines of a service that are not what is tested.
    public static let setting = "300s"

    /// Waits until `condition` holds, for what nothing announces.
    /// - Returns: whether it does.
    @discardableResult
    public static func until(_ condition: () async throws -> Bool) async rethrows -> Bool {
        let start = ContinuousClock.now
        while true {
            if try await condition() { return true }
            if ContinuousClock.now - start > limit { return false }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}
