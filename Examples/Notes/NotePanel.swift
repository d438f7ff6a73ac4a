import Console
import Kernel

/// The latest notes as a page of the console, where the stack has one.
struct NotePanel: Sendable {
    let store: any DocumentStore
    let collection: Collection

    var panel: ConsolePanel {
        ConsolePanel(title: "Notes", path: "notes", icon: .note) { _ in
            let query = Query(order: .reverseEntry, limit: 50)
            let notes = try await store.read { transaction in
                var notes: [Note] = []
                try transaction.find(in: collection, query) {
                    if let note = Note.schema.value(of: try Document(position: $0, bytes: $1).json()) {
                        notes.append(note)
                    }
                    return .next
                }
                return notes
            }
            return html(notes)
        }
    }

    private func html(_ notes: [Note]) -> HTML {
        var html = HTML()
        if notes.isEmpty { html.element("p", text: "Nobody has left a note yet.") }
        html.element("dl") { list in
            for note in notes {
                list.element("dt", text: note.dataset)
                list.element("dd", ["dir": "auto"], text: note.text)
            }
        }
        return html
    }
}
