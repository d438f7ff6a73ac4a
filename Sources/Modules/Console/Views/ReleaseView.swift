import Jobs
import Kernel

/// The form of a new version of the datastore: what is pending goes into it.
struct ReleaseView: View {
    let visit: Visit
    var sent: FormFields?
    var problem: String?

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) async throws -> Page {
        guard visit.console.canRelease else {
            var page = Page("Release", .release) {
                $0.empty("This stack releases no versions: modules.jobs.bumpEnabled is off.")
            }
            page.status = .notFound
            return page
        }
        // Nothing is gathered for somebody who may not release; a form that comes back keeps what was filled in.
        guard permissions.canPost || sent != nil else { return Refusal("Release", .release, visit).page(permissions) }
        let wanted = (sent ?? FormFields(visit.request.query)).word("q")
        let targets = (try await visit.get("/targets").array ?? []).map(TargetState.init)
        let release = try await Release(targets, named: wanted, visit)
        return Page("Release", .release) { page in
            if let problem { LogInHint.write(problem, visit, to: &page) }
            if wanted != nil || release.pending > Release.most { writeFilter(wanted, release, to: &page) }
            if release.updates.isEmpty {
                if wanted != nil { return page.empty("Nothing is pending whose name has that in it.") }
                return page.empty(
                    "Nothing is pending: SET_STATUS makes a dataset PENDING_RELEASE, REMOVE makes it PENDING_DELETE.")
            }
            if let blocking = release.blocking {
                page.element("p", ["class": "notice warn"]) { line in
                    line.put("Another release is under way: ")
                    line.status(blocking.status)
                }
            }
            write(release, wanted, permissions, to: &page)
        }
    }

    private func writeFilter(_ wanted: String?, _ release: Release, to page: inout HTML) {
        page.element("form", ["class": "filter", "method": "get", "action": visit.place.page("release")]) { form in
            form.field("q", "Name has", value: wanted, most: 128)
            form.element("p", ["class": "buttons"]) { line in
                line.element("button", ["class": "button"], text: "Filter")
                if wanted != nil { line.link(visit.place.page("release"), "Clear", class: "button quiet") }
            }
        }
        if release.pending > Release.most {
            page.element("p", text: "The first \(Release.most) of \(release.pending) pending; narrow them by name.")
        }
    }

    private func write(
        _ release: Release, _ wanted: String?, _ permissions: Permissions, to page: inout HTML
    ) {
        page.element("form", ["class": "form wide", "method": "post", "action": visit.place.page("release")]) { form in
            form.hidden("key", UUID().description)
            form.hidden("q", wanted)
            form.hidden("time", String(Timestamp.now.microseconds / 1_000_000))
            form.element("div", ["class": "row"]) { row in
                row.field("from", "From version", value: sent?["from"] ?? release.from, isRequired: true, most: 128)
                row.field("to", "To version", value: sent?["to"] ?? release.to, isRequired: true, most: 128)
                row.choice(
                    "updateType", "Kind", .words(["MAJOR", "MINOR", "PATCH"], none: "unsaid"),
                    value: sent?["updateType"] ?? release.kind)
                row.field("language", "Language", value: sent?["language"] ?? "no", isRequired: true, most: 32)
            }
            form.area("description", "Description", value: sent?["description"], isRequired: true, rows: 2)
            form.table("What is in it", ["In it", "Dataset", "Becomes", "Operation", "Description"]) { body in
                for update in release.updates { row(update, to: &body) }
            }
            if permissions.canPost { form.buttons("Release", "primary", back: visit.place.page("targets")) }
        }
    }

    private func row(_ update: Release.Update, to body: inout HTML) {
        let isIn = sent.map { sent in sent.items.contains { $0.name == "in" && $0.value == update.name } }
        body.element("tr") { row in
            row.cell("In it", "pick") { cell in
                cell.void(
                    "input",
                    [
                        "type": "checkbox", "name": "in", "value": update.name, "aria-label": update.name,
                        "checked": isIn ?? (update.status != .draft) ? "" : nil,
                    ])
            }
            row.cell("Dataset", "main") { $0.data(update.name) }
            row.cell("Becomes", "word") { cell in
                cell.put(update.status.rawValue)
                cell.hidden("status:\(update.name)", update.status.rawValue)
            }
            row.cell("Operation", "word") { cell in
                cell.put(update.operation)
                cell.hidden("operation:\(update.name)", update.operation)
            }
            row.cell("Description", "line") { cell in
                cell.void(
                    "input",
                    [
                        "name": "description:\(update.name)", "aria-label": "Description of \(update.name)",
                        "value": sent?["description:\(update.name)"] ?? update.description, "autocomplete": "off",
                        "dir": "auto",
                    ])
            }
        }
    }
}
