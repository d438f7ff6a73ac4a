import Kernel
import Synchronization

/// The kinds of events of this stack; they are declared while modules register.
final class EventCatalogue: Sendable {
    private let declared = Mutex<[EventType]>([])
    let prefix: String

    init(prefix: String) {
        self.prefix = prefix
    }

    var types: [EventType] { declared.withLock { $0 } }

    func declare(_ name: String, _ summary: String, _ data: JSONSchema) -> EventType {
        let fullName = prefix.isEmpty ? name : "\(prefix).\(name)"
        let type = EventType(name: name, fullName: fullName, summary: summary, data: data)
        declared.withLock { types in
            types.removeAll { $0.name.isExactly(name) }
            types.append(type)
        }
        return type
    }

    /// The full name of a kind, which may be given without its prefix; nil if there is no such kind.
    func fullName(of text: String) -> String? {
        types.first { $0.fullName.isExactly(text) || $0.name.isExactly(text) }?.fullName
    }
}
