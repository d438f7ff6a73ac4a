/// A module that has something to say when an operator asks how a service is.
public protocol StatusProvider {
    /// A few lines of the command `status`.
    /// - Parameter door: the way to the module's routes.
    /// - Throws: what keeps it from telling, which `status` shows in their place.
    static func status(through door: ServiceDoor) async throws -> [StatusLine]
}

/// A line of the command `status`.
public struct StatusLine: Sendable {
    /// How it is.
    public enum Mood: Sendable {
        case plain, good, warning, bad
    }

    /// What it is about, one word: `notes`.
    public let label: String
    public let text: String
    public let mood: Mood
    /// The same for programs, a member called `label`.
    public let json: JSON

    /// - Parameters:
    ///   - label: what it is about, one word.
    ///   - text: for people; what others have written in it must be printable already.
    ///   - mood: how it is.
    ///   - json: the same for programs.
    public init(_ label: String, _ text: String, _ mood: Mood = .plain, json: JSON) {
        self.label = label
        self.text = text
        self.mood = mood
        self.json = json
    }
}
