import Console
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

    public init(configuration: Configuration) { self.configuration = configuration }

    static let spec = CollectionSpec(
        "notes", indexes: [.unique("noteId"), .lookup("dataset")], instants: ["createdAt"])
    static let removals = MetricFamily(.counter, "notes_removed_total", "Notes removed since the start")

    public func register(in kernel: any Registrar) throws {
        let (store, log, collection) = (kernel.store, kernel.log, kernel.collection(Self.spec))
        let removed = kernel.metrics.counter(Self.removals)
        let events = kernel.optional(.eventOutbox).map { NoteEvents($0) }
        kernel.optional(.consolePanels)?.add(NotePanel(store: store, collection: collection).panel)
        let writers: Access = [.service, .administrator]
        let notFound: KeyValuePairs<Status, String> = [.notFound: "No note has this identifier"]
        let newNote = NewNote.schema(maximumLength: configuration.maximumLength)

        kernel.get(
            "/notes", Operation("Lists all notes, or those of one dataset", access: .anyone),
            .query(.optional("dataset", .string(), "Only those of this dataset"))
        ) { _, dataset in
            let filter = dataset.map { Filter.equal("dataset", .string($0)) } ?? .all
            return Stored<[Note]>(try await DocumentList(in: store).response(collection, Query(filter)))
        }
        kernel.get(
            "/notes/{noteId}", Operation("Shows one note", access: .anyone, errors: notFound), .path("noteId")
        ) { _, id in
            let found = try await store.read { try $0.first(in: collection, Query(.equal("noteId", .string(id)))) }
            guard let found else { throw HTTPError.noSuchNote(id) }
            return Stored<Note>(found)
        }
        kernel.post("/notes", Operation("Adds a note", access: writers), .body(newNote)) { request, new in
            let added = Note(noteID: UUID().description, dataset: new.dataset, text: new.text, createdAt: .now)
            try await store.write { transaction in
                try transaction.insert(added.json.bytes, into: collection)
                try events?.didAdd(added, for: request, in: transaction)
            }
            return added
        }
        kernel.delete(
            "/notes/{noteId}", Operation("Removes a note", access: writers, errors: notFound), .path("noteId")
        ) { _, id in
            let count = try await store.write { try $0.delete(in: collection, where: .equal("noteId", .string(id))) }
            guard count > 0 else { throw HTTPError.noSuchNote(id) }
            removed.add()
            log.info("\(id) was removed")
            return Message("OK")
        }
    }
}

extension HTTPError {
    fileprivate static func noSuchNote(_ id: String) -> HTTPError {
        HTTPError(.notFound, code: "notes.not-found", message: "Nothing has the id \(id.excerpt)")
    }
}

/// What somebody has left on a dataset.
struct Note: ReplyBody {
    let noteID, dataset, text: String
    let createdAt: Timestamp

    static let schema = Schema.object(
        "Note", .required("noteId", \.noteID, .uuid), .required("dataset", \.dataset, datasetName),
        .required("text", \.text, .string()), .required("createdAt", \.createdAt, .timestamp), as: Note.init)
    static let datasetName = Schema.string(lengths: 1...128, "What it is about", example: "MY_DATASET")
}

/// What somebody wants to leave.
struct NewNote: Sendable {
    let dataset, text: String

    static func schema(maximumLength: Int) -> Schema<NewNote> {
        .object(
            "NewNote", .required("dataset", Note.datasetName),
            .required("text", .string(lengths: 1...maximumLength, "What there is to say")), as: NewNote.init)
    }
}
