import Kernel

/// The form that deletes a dataset.
struct DeleteDatasetView: View {
    let visit: Visit
    var problem: String?

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) -> Page {
        let name = visit.request.parameters["name"] ?? ""
        return Page("Delete \(name)", .datasets) { page in
            if let problem { LogInHint.write(problem, visit, to: &page) }
            page.element("p") { line in
                line.put("The file ")
                line.data("\(name).tar")
                line.put(" will be gone from the input directory, for good. What was archived stays.")
            }
            page.element(
                "form", ["class": "form", "method": "post", "action": visit.place.page("datasets", name, "delete")]
            ) { $0.buttons("Delete the dataset", "danger", back: visit.place.page("datasets")) }
        }
    }
}
