import Kernel
import Synchronization

/// A page that a module adds to the console.
public struct ConsolePanel: Sendable {
    /// In the navigation and above the page.
    public let title: String
    /// The last segment of its address: small letters, digits and hyphens.
    public let path: String
    public let icon: Icon
    /// What stands on the page. What it throws is told there.
    public let content: @Sendable (Request) async throws -> HTML

    public init(
        title: String, path: String, icon: Icon, content: @escaping @Sendable (Request) async throws -> HTML
    ) {
        self.title = title
        self.path = path
        self.icon = icon
        self.content = content
    }
}

/// The panels of this stack; modules add theirs while they register.
public final class ConsolePanels: Sendable {
    private let panels = Mutex<[ConsolePanel]>([])

    public func add(_ panel: ConsolePanel) { panels.withLock { $0.append(panel) } }

    var all: [ConsolePanel] { panels.withLock { $0 } }
}

extension Capability<ConsolePanels> {
    /// To add a page to the console.
    public static var consolePanels: Self { Self("console panels") }
}
