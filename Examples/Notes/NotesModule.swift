import Events
import Kernel

/// Notes that people leave on datasets.
public struct NotesModule: Module {
    public static let manifest = Manifest(id: "notes", summary: "Notes that people leave on datasets")

    public struct Configuration: ModuleConfiguration {
        let maximumLength: Int

        public init(reading section: ConfigurationSection) {
            maximumLength = section.integer(
                "maximumLength", default: 1000, in: 1...100_000, "How many characters its text may have")
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        let register = NoteRegister(
            store: kernel.store, collection: kernel.collection(NoteRegister.spec),
            events: kernel.optional(.eventOutbox).map { NoteEvents($0) },
            removed: kernel.metrics.counter(NoteRegister.removals), log: kernel.log)
        let newNote = NoteSchemas.newNote(maximumLength: configuration.maximumLength)

        kernel.route(.get, "/notes", .listNotes) { request in
            try await register.list(dataset: request.query.first { $0.name == "dataset" }?.value)
        }
        kernel.route(.get, "/notes/{noteId}", .getNote) { request in
            Response(body: .bytes(try await register.find(request.parameters["noteId"] ?? "")))
        }
        kernel.route(.post, "/notes", .postNote(newNote)) { request in
            Response(body: .bytes(try await register.add(try request.body(as: newNote), at: .now, for: request)))
        }
        kernel.route(.delete, "/notes/{noteId}", .deleteNote) { request in
            try await register.remove(request.parameters["noteId"] ?? "")
            return Response(body: .fixed(#"{"message":"OK"}"#))
        }
    }
}
