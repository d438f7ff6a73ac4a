import Kernel

/// What runs here: version, health, modules, routes, webhooks, the log's level, and the configuration with its origins.
struct SystemView: View {
    let visit: Visit
    var problem: String?

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) async throws -> Page {
        let version = try await visit.get("/version")
        let health = try await visit.send(.get, "/health/ready", headers: [("Accept", "application/json")])
        let webhooks = visit.console.has(.get, "/webhooks") ? try await visit.get("/webhooks") : nil
        let settings = permissions.canConfigure ? try await visit.get(ConfigurationRoute.path).array : nil
        return Page("System", .system, isLive: false) { page in
            writeVersion(version, to: &page)
            writeHealth(health, to: &page)
            if let webhooks { write(webhooks: webhooks.array ?? [], to: &page) }
            if permissions.canConfigure { writeLevel(to: &page) }
            if let settings { write(settings: settings, to: &page) }
            writeRoutes(to: &page)
        }
    }

    private func writeVersion(_ version: JSON, to page: inout HTML) {
        page.element("dl", ["class": "facts"]) { list in
            for (title, name) in [
                ("Service", "service"), ("Version", "version"), ("Commit", "commit"), ("Stack", "stack"),
                ("Storage", "storage"),
            ] {
                list.fact(title) { $0.data(version[name]?.string ?? "–") }
            }
            list.fact("Started") { $0.ago(version["startedAt"]?.string) }
            list.fact("Instance") { $0.data(visit.console.identity.host) }
            list.fact("Modules") { value in
                value.put((version["modules"]?.array ?? []).compactMap(\.string).joined(separator: ", "))
            }
        }
        page.element("p", ["class": "hint"]) { line in
            line.link(visit.place.service("docs"), "Everything that programs can ask for")
            line.put(" · ")
            line.link(visit.place.service("metrics"), "metrics")
        }
    }

    private func writeHealth(_ health: Reply, to page: inout HTML) {
        page.heading("Health")
        page.table("Checks", ["Check", "State", "Looked at", "Reason"]) { body in
            for check in health.json["checks"]?.array ?? [] {
                let isFine = check["status"]?.string == "ok"
                body.element("tr") { row in
                    row.cell("Check", "main") { $0.data(check["name"]?.string ?? "") }
                    row.cell("State") { $0.badge(isFine ? "ok" : "failed", isFine ? "good" : "bad") }
                    row.cell("Looked at", "number") { $0.put(Self.seconds(check["ageSeconds"]) + " ago") }
                    row.cell("Reason", "text") { $0.data(check["reason"]?.string ?? "–") }
                }
            }
        }
    }

    private static func seconds(_ value: JSON?) -> String {
        switch value {
        case .number(let seconds)?: Age.words(seconds: Int64(seconds))
        case .integer(let seconds)?: Age.words(seconds: seconds)
        default: "–"
        }
    }

    private func write(webhooks: [JSON], to page: inout HTML) {
        page.heading("Webhooks")
        let names = webhooks.first?.object?.members.map(\.name) ?? []
        if names.isEmpty { return page.empty("None are configured.") }
        page.table("Webhooks and how far they have come", names) { body in
            for webhook in webhooks {
                body.element("tr") { row in
                    for name in names {
                        row.cell(name, "word") { $0.data(webhook[name]?.string ?? webhook[name]?.text ?? "–") }
                    }
                }
            }
        }
    }

    private func writeLevel(to page: inout HTML) {
        page.heading("Log")
        page.element("p", ["class": "hint"], text: "Holds until the next start, on this instance alone.")
        page.element("form", ["class": "filter", "method": "post", "action": visit.place.page("system")]) { form in
            if let problem { LogInHint.write(problem, visit, to: &form) }
            form.choice(
                "level", "Least grave lines", .words(Level.Name.allCases.map(\.rawValue)),
                value: Level.Name(visit.console.context.logLevel).rawValue)
            form.element("p", ["class": "buttons"]) { $0.element("button", ["class": "button"], text: "Set the level") }
        }
    }

    private func write(settings: [JSON], to page: inout HTML) {
        page.heading("Configuration in force")
        page.table("Keys with their values and where those come from", ["Key", "Value", "From"]) { body in
            for setting in settings {
                body.element("tr") { row in
                    row.cell("Key", "main") { cell in
                        let path = setting["path"]?.string ?? ""
                        cell.element("code", ["title": setting["help"]?.string ?? ""], text: path)
                    }
                    row.cell("Value", "text") { $0.data(setting["value"]?.string ?? "–") }
                    row.cell("From", "text") { $0.data(setting["origin"]?.string ?? "") }
                }
            }
        }
    }

    private func writeRoutes(to page: inout HTML) {
        page.element("details", ["id": "routes"]) { details in
            details.element("summary", text: "Routes")
            details.table("Routes of this stack", ["Method", "Path", "Module", "For"]) { body in
                for route in visit.console.context.routes {
                    body.element("tr") { row in
                        row.cell("Method") { $0.element("code", text: route.method.rawValue) }
                        row.cell("Path", "main text") { $0.element("code", text: route.pattern.description) }
                        row.cell("Module") { $0.put(route.module) }
                        row.cell("For", "text") { $0.put(route.operation.access?.description ?? "anyone") }
                    }
                }
            }
        }
    }
}
