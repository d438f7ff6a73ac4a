import Kernel

/// What visitors have written.
public struct EntriesModule: Module, CommandProvider {
    public static let manifest = Manifest(id: "entries", summary: "What visitors have written")

    private static let entry = JSONSchema.object(
        "Entry", [.required("name", .string(lengths: 1...100)), .required("text", .string(lengths: 1...10_000))])
    private static let added = MetricFamily(.counter, "entries_added_total", "Entries added since the start")

    public init(configuration: NoConfiguration) {}

    public func register(in kernel: any Registrar) throws {
        let store = kernel.store
        let entries = kernel.collection(CollectionSpec("entries"))
        let added = kernel.metrics.counter(Self.added)

        kernel.route(
            .get, "/entries", Operation("Lists all entries", access: .anyone, reply: .json(.array(of: Self.entry)))
        ) { _ in
            try await DocumentList(in: store).response(entries, Query(.all))
        }
        kernel.route(
            .post, "/entries",
            Operation("Adds an entry", access: .anyone, body: Self.entry, reply: .json(Self.entry))
        ) { request in
            let entry = try request.body(as: Self.entry).bytes
            _ = try await store.write { try $0.insert(entry, into: entries) }
            added.add()
            return Response(body: .bytes(entry))
        }
    }

    public static func commands(of product: Product) -> [Command] {
        [
            Command(
                "entries list", "list what visitors have written", description: [Command.reach], options: [.config],
                examples: [.init("\(product.name) entries list", "all of it")]
            ) { arguments in
                let entries = try await ServiceDoor.use(arguments) { try await $0.get("/entries").json() }
                for entry in entries.array ?? [] {
                    Terminal.print("\(entry["name"]?.string ?? ""): \(entry["text"]?.string ?? "")".printable())
                }
            }
        ]
    }
}
