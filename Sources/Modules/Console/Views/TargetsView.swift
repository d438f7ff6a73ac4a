import Jobs
import Kernel

/// The list of targets: what was done with each last, and whether anything is under way.
struct TargetsView: View {
    let visit: Visit

    private static let most = 500

    func page(_ permissions: Permissions) async throws -> Page {
        let wanted = FormFields(visit.request.query).word("q")
        let all = (try await visit.get("/targets").array ?? []).map(TargetState.init)
        let found = wanted.map { wanted in all.filter { $0.name.contains(wanted.uppercased()) } } ?? all
        return Page("Targets", .targets, isLive: true) { page in
            writeFilter(wanted, to: &page)
            page.element("div", ["id": "targets"]) { list in
                if found.isEmpty {
                    return list.empty(
                        all.isEmpty
                            ? "There are none: the first job of a dataset makes it a target."
                            : "No target has a name with that in it.")
                }
                if found.count > Self.most {
                    list.element("p", text: "The first \(Self.most) of \(found.count); narrow them by name.")
                }
                write(Array(found.prefix(Self.most)), to: &list)
            }
        }
    }

    private func writeFilter(_ wanted: String?, to page: inout HTML) {
        page.element("form", ["class": "filter", "method": "get", "action": visit.place.page("targets")]) { form in
            form.field("q", "Name has", value: wanted, most: 128)
            form.element("p", ["class": "buttons"]) { line in
                line.element("button", ["class": "button"], text: "Filter")
                if wanted != nil { line.link(visit.place.page("targets"), "Clear", class: "button quiet") }
            }
        }
    }

    private func write(_ targets: [TargetState], to page: inout HTML) {
        let hasParts = targets.contains { $0.part != nil }
        let headings = ["Target"] + (hasParts ? ["Datastore"] : []) + ["Last action", "Status", "Updated", "By"]
        page.table("Targets by name", headings) { body in
            for target in targets {
                body.element("tr", ["id": "target-\(target.part ?? "")-\(target.name)", "data-row": ""]) { row in
                    row.cell("Target", "main") { cell in
                        cell.element("a", ["href": visit.place.page("targets", target.name)]) { $0.data(target.name) }
                    }
                    if hasParts { row.cell("Datastore", "word") { $0.data(target.part ?? "–") } }
                    row.cell("Last action", "word") { $0.data(target.action.joined(separator: " ")) }
                    row.cell("Status") { cell in
                        cell.status(target.status)
                        if !target.isFinal {
                            cell.element("span", ["class": "aside"], text: " blocks other jobs of it")
                        }
                    }
                    row.cell("Updated", "number") { $0.ago(target.updatedAt) }
                    row.cell("By", "person") { $0.data(target.updatedBy) }
                }
            }
        }
    }
}
