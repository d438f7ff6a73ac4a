import Events
import Kernel

/// What this module tells of as events, where the stack keeps any.
struct NoteEvents: Sendable {
    private let outbox: EventOutbox
    private let added: EventType

    init(_ outbox: EventOutbox) {
        self.outbox = outbox
        added = outbox.declare("note.added", "A note was added", [.required("note", Note.schema.json)])
    }

    func didAdd(_ note: Note, for request: Request, in transaction: any WriteTransaction) throws {
        let event = EventDraft(
            added, subject: note.noteID, data: ["note": note.json], by: request.principal,
            requestID: request.id)
        try outbox.record(event, in: transaction)
    }
}
