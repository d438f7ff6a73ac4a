import Kernel

/// What the routes are for, for those who call them.
extension Operation {
    static let listNotes = Operation(
        "Lists all notes, or those of one dataset", access: .anyone,
        query: [QueryParameter("dataset", .string(), "Only those of this dataset")],
        reply: .json(.array(of: NoteSchemas.note)))

    static let getNote = Operation(
        "Shows one note", access: .anyone, reply: .json(NoteSchemas.note),
        errors: [.notFound: "No note has this identifier"])

    static func postNote(_ body: JSONSchema) -> Operation {
        Operation(
            "Adds a note", access: [.service, .administrator], body: body, reply: .json(NoteSchemas.note),
            errors: [.badRequest: "A field is missing, unknown or too long"])
    }

    static let deleteNote = Operation(
        "Removes a note", access: [.service, .administrator], reply: .json(NoteSchemas.done),
        errors: [.notFound: "No note has this identifier"])
}

/// The shapes of what goes in and out.
enum NoteSchemas {
    private static let dataset = JSONSchema.string(lengths: 1...128, "What it is about", example: "MY_DATASET")

    static func newNote(maximumLength: Int) -> JSONSchema {
        .object(
            "NewNote",
            [
                .required("dataset", dataset),
                .required("text", .string(lengths: 1...maximumLength, "What there is to say")),
            ])
    }

    static let note = JSONSchema.object(
        "Note",
        [
            .required("noteId", .string(format: "uuid")), .required("dataset", dataset), .required("text", .string()),
            .required("createdAt", .timestamp),
        ])

    static let done = JSONSchema.object(nil, [.required("message", .string(example: "OK"))])
}
