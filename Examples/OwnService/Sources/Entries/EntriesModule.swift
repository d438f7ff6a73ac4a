import Kernel

/// What a visitor writes.
struct Entry: RequestBody, ReplyBody {
    let name: String
    let text: String

    static let schema = Schema.object(
        "Entry", .required("name", \.name, .string(lengths: 1...100)),
        .required("text", \.text, .string(lengths: 1...10_000)), as: Entry.init)
}

/// What visitors have written.
public struct EntriesModule: Module, CommandProvider {
    public static let manifest = Manifest(id: "entries", summary: "What visitors have written")

    private static let added = MetricFamily(.counter, "entries_added_total", "Entries added since the start")

    public init(configuration: NoConfiguration) {}

    public func register(in kernel: any Registrar) throws {
        let store = kernel.store
        let entries = kernel.collection(CollectionSpec("entries"))
        let added = kernel.metrics.counter(Self.added)

        kernel.get(
            "/entries",
            Operation("Lists all entries", access: .anyone, reply: .json(.array(of: Entry.schema.json)))
        ) { _ in
            try await DocumentList(in: store).response(entries, Query(.all))
        }
        kernel.post("/entries", Operation("Adds an entry", access: .anyone), .body(Entry.self)) { _, entry in
            _ = try await store.write { try $0.insert(entry.json.bytes, into: entries) }
            added.add()
            return entry
        }
    }

    public static func commands(of product: Product) -> [Command] {
        [
            Command(
                "entries list", "list what visitors have written", description: [Command.reach], options: [.config],
                examples: [.init("\(product.name) entries list", "all of it")]
            ) { arguments in
                let entries = try await ServiceDoor.use(arguments) { try await $0.get("/entries").json() }
                for entry in Schema.array(of: Entry.schema).value(of: entries) ?? [] {
                    Terminal.print("\(entry.name): \(entry.text)".printable())
                }
            }
        ]
    }
}
