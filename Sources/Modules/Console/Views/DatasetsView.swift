import ImportableDatasets
import Jobs
import Kernel

/// What lies ready to be imported, what was archived, and what was left out, with the reason.
struct DatasetsView: View {
    let visit: Visit

    private struct Dataset {
        let name: String
        let hasMetadata, hasData, isArchived: Bool

        init(_ json: JSON) {
            func flag(_ name: String) -> Bool { if case .bool(true)? = json[name] { true } else { false } }
            name = json["datasetName"]?.string ?? ""
            (hasMetadata, hasData, isArchived) = (flag("hasMetadata"), flag("hasData"), flag("isArchived"))
        }
    }

    func page(_ permissions: Permissions) async throws -> Page {
        let datasets = (try await visit.get("/importable-datasets").array ?? []).map(Dataset.init)
        let skipped = try await visit.console.skipped?.list() ?? []
        let known =
            visit.console.has(.get, "/targets")
            ? (try await visit.get("/targets").array ?? []).map(TargetState.init) : []
        var page = Page("Datasets", .datasets, isLive: true) { page in
            page.element("div", ["id": "datasets"]) { page in
                page.heading("Ready to be imported")
                let ready = datasets.filter { !$0.isArchived }
                if ready.isEmpty {
                    page.empty("Nothing lies in the input directory: put NAME.tar there, and it is listed here.")
                } else {
                    write(ready, known, permissions, to: &page)
                }
                let archived = datasets.filter(\.isArchived)
                if !archived.isEmpty {
                    page.heading("Archived")
                    writeArchived(archived, to: &page)
                }
                if !skipped.isEmpty {
                    page.heading("Left out")
                    write(skipped, to: &page)
                }
            }
        }
        page.isWatched = true
        return page
    }

    private func write(
        _ datasets: [Dataset], _ known: [TargetState], _ permissions: Permissions, to page: inout HTML
    ) {
        page.table("Datasets that can be imported", ["Dataset", "Holds", "Target", "Actions"]) { body in
            for dataset in datasets {
                let target = known.first { $0.name == dataset.name }
                body.element("tr", ["id": "dataset-\(dataset.name)", "data-row": ""]) { row in
                    row.cell("Dataset", "main") { $0.data(dataset.name) }
                    row.cell("Holds") { $0.put(Self.holds(dataset)) }
                    row.cell("Target", "word") { cell in
                        guard let target else { return cell.put("new") }
                        cell.element("a", ["href": visit.place.page("targets", target.name)]) { link in
                            link.put(target.action.first ?? "known")
                        }
                        cell.put(" ")
                        cell.status(target.status)
                    }
                    row.cell("Actions", "actions") { writeActions(dataset, target, permissions, to: &$0) }
                }
            }
        }
    }

    private func writeActions(
        _ dataset: Dataset, _ target: TargetState?, _ permissions: Permissions, to cell: inout HTML
    ) {
        if permissions.canPost, target?.isFinal ?? true {
            let released = ["RELEASED", JobOperation.change.rawValue].contains(target?.action.first ?? "")
            let operation = !dataset.hasData ? JobOperation.patchMetadata : released ? .change : .add
            let query = [QueryItem("operation", operation.rawValue), QueryItem("target", dataset.name)]
            cell.action(visit.place.page("jobs", "new", query: query), "Import", for: dataset.name)
        }
        if permissions.canDeleteDatasets {
            cell.action(
                visit.place.page("datasets", dataset.name, "delete"), "Delete…", "danger quiet", for: dataset.name)
        }
    }

    private static func holds(_ dataset: Dataset) -> String {
        switch (dataset.hasMetadata, dataset.hasData) {
        case (true, true): "metadata and data"
        case (true, false): "metadata"
        case (false, true): "data"
        case (false, false): "neither metadata nor data"
        }
    }

    private func writeArchived(_ datasets: [Dataset], to page: inout HTML) {
        page.table("Archived datasets", ["Dataset", "Holds"]) { body in
            for dataset in datasets {
                body.element("tr", ["id": "archived-\(dataset.name)"]) { row in
                    row.cell("Dataset", "main") { $0.data(dataset.name) }
                    row.cell("Holds") { $0.put(Self.holds(dataset)) }
                }
            }
        }
    }

    private func write(_ skipped: [SkippedDataset], to page: inout HTML) {
        page.table("Files that are no importable datasets", ["File", "Reason"]) { body in
            for file in skipped {
                body.element("tr") { row in
                    row.cell("File", "main") { $0.data(file.isArchived ? "archive/\(file.file)" : file.file) }
                    row.cell("Reason", "text") { $0.data(file.reason) }
                }
            }
        }
    }
}
