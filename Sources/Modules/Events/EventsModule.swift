import ImportableDatasets
import Jobs
import Kernel
import Maintenance

/// What happened, in order and without gaps, for those whom it matters to.
public struct EventsModule: Module {
    public static let manifest = Manifest(
        id: "events", summary: "What happened, in order, for those who follow", isEnabledByDefault: false)

    public struct Configuration: ModuleConfiguration {
        /// nil for the product's name.
        let prefix: String?
        let age: Duration
        let count: Int
        let followers: Int
        let webhooks: [Webhook]
        let webhookTimeout: Duration
        let webhookCertificates: String?

        public init(reading section: ConfigurationSection) {
            prefix = section.string(
                "prefix", "What the types of events begin with; by default the program's name: job-service.job.created")
            let given = prefix ?? ""
            let isUsable = given.utf8.count <= 64 && given.utf8.allSatisfy(Self.isAllowed)
            if !isUsable {
                section.problem(
                    "prefix", "cannot stand in a type of events",
                    remedy: "give it letters, digits, '.', '_' and '-', at most 64, such as no.example.jobs")
            }
            let keep = section.section("keep", "Which events are kept")
            age = keep.duration(
                "age", default: .seconds(30 * 86_400), in: .seconds(60) ... .seconds(10 * 365 * 86_400),
                "How old an event may become")
            count = keep.integer(
                "count", default: 1_000_000, in: 100...100_000_000,
                "How many events there may be; those of the last minute stay even so")
            followers = section.integer(
                "followers", default: 1000, in: 0...100_000,
                "How many clients may follow at the same time, with a stream or with wait, beside the webhooks; each "
                    + "takes a connection (http.limits.connections)")
            let plain = Self.networks(section)
            var webhooks: [Webhook] = []
            _ = section.secrets(
                "webhooks",
                "Endpoints that are told of events, each with name, url, types and secrets (whsec_ and base64; several for "
                    + "a rotation). The list may stand in the secrets file, as JSON"
            ) { entry in
                if let webhook = Webhook(reading: entry, plain: plain, beside: webhooks) { webhooks.append(webhook) }
            }
            self.webhooks = webhooks
            webhookTimeout = section.duration(
                "webhookTimeout", default: .seconds(10), in: .milliseconds(100) ... .seconds(20),
                "How long an endpoint may take to answer")
            webhookCertificates = section.string(
                "webhookCertificates",
                "A PEM file of the authorities that endpoints' certificates come from; the system's "
                    + "if there is none")
        }

        private static func networks(_ section: ConfigurationSection) -> [AddressNetwork] {
            let texts = section.strings(
                "plainNetworks", default: ["127.0.0.0/8", "::1"],
                "The addresses and networks to which webhooks may go unencrypted; all others take https")
            let networks = texts.map { AddressNetwork($0) }
            for (text, network) in zip(texts, networks) where network == nil {
                section.problem(
                    "plainNetworks", "\(text.excerpt) is no address and no network",
                    remedy: "write it as 10.1.2.3 or 10.0.0.0/8")
            }
            return networks.compactMap { $0 }
        }

        private static func isAllowed(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        let log = EventLog(store: kernel.store, collection: kernel.collection(EventLog.spec))
        let catalogue = EventCatalogue(prefix: configuration.prefix ?? kernel.identity.service)
        let tail = EventTail()
        let metrics = EventMetrics(in: kernel.metrics, tail: tail)
        // A URI reference (RFC 3986), whatever the stack is called.
        let source = [kernel.identity.service, kernel.identity.stack].map { "/" + PercentEncoding.encode($0) }.joined()
        let outbox = EventOutbox(log, catalogue, tail, source: source, recorded: metrics.recorded)
        kernel.offer(.eventOutbox, outbox)
        if let jobs = kernel.optional(.jobObservers), let list = kernel.optional(.jobList) {
            jobs.add(JobEvents(outbox, list.form.job))
        }
        if let maintenance = kernel.optional(.maintenanceObservers) {
            maintenance.add(MaintenanceEvents(outbox, maintenance.schema))
        }
        if let datasets = kernel.optional(.datasetObservers) {
            datasets.add(DatasetEvents(outbox, kernel.store, kernel.log))
        }
        let retention = Retention(
            log: log, age: configuration.age, count: configuration.count, removed: metrics.pruned)
        kernel.every(.seconds(60), "removal of old events") { try await retention.run() }
        // A store that nobody shares tells of every commit itself.
        kernel.service(EventLookout(log: log, tail: tail))

        let get = GetEvents(
            log: log, tail: tail, catalogue: catalogue, mostFollowers: configuration.followers,
            refused: metrics.refused)
        kernel.whenStopping { tail.endWaiting() }
        kernel.get("/events", .getEvents, EventQuery.input) { try await get.respond(to: $0, $1) }
        registerWebhooks(in: kernel, log, tail, catalogue, source)
        let description = AsyncAPI(catalogue: catalogue, identity: kernel.identity, source: source)
        kernel.get("/asyncapi.json", .getAsyncAPI) { _ in
            Response(body: .bytes(description.json.bytes))
        }
    }

    private func registerWebhooks(
        in kernel: any Registrar, _ log: EventLog, _ tail: EventTail, _ catalogue: EventCatalogue, _ source: String
    ) {
        guard !configuration.webhooks.isEmpty else { return }
        let register = WebhookRegister(
            store: kernel.store, collection: kernel.collection(WebhookRegister.spec), holder: UUID().description)
        let wishes = ChangeSignal()
        let names = configuration.webhooks.map(\.name)
        var senders: [String: WebhookSender] = [:]
        for webhook in configuration.webhooks {
            let sender = WebhookSender(
                url: webhook.url, secrets: webhook.secrets, certificates: configuration.webhookCertificates,
                timeout: configuration.webhookTimeout)
            senders[webhook.name] = sender
            kernel.service(
                WebhookDelivery(
                    webhook: webhook, catalogue: catalogue, log: log, tail: tail, register: register,
                    sender: sender, worker: WorkerThread("webhook", limit: 4),
                    metrics: WebhookMetrics(of: webhook.name, in: kernel.metrics), logger: kernel.log, wishes: wishes))
        }
        kernel.metrics.reading("webhooks", WebhookMetrics.families) {
            try await WebhookMetrics.read(names, register, log)
        }
        let list = ListWebhooks(names: names, log: log, register: register)
        kernel.get("/webhooks", .listWebhooks) { try await list.respond(to: $0) }
        let replay = ReplayWebhook(
            names: names, log: log, register: register, tail: tail, wishes: wishes, logger: kernel.log)
        kernel.post("/webhooks/{name}/replay", .replayWebhook, .path("name"), .body(ReplayWebhook.Body.self)) {
            try await replay.respond(to: $0, $1, $2)
        }
        let test = TestWebhook(senders: senders, prefix: catalogue.prefix, source: source)
        kernel.post("/webhooks/{name}/test", .testWebhook, .path("name")) { try await test.respond($1) }
    }
}
