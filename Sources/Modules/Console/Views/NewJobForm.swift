import Jobs
import Kernel

/// The form of a new job, empty, from an older job, or as it was sent.
struct NewJobForm: Sendable {
    var operation = JobOperation.add.rawValue
    var target = ""
    var description = ""
    var releaseStatus = ""
    var bumpFromVersion = ""
    var bumpToVersion = ""
    /// JSON text.
    var manifest = ""
    var part = ""
    /// The job that it was made from.
    var from: String?

    init(_ fields: FormFields) {
        operation = fields.word("operation") ?? operation
        target = fields.word("target") ?? ""
        description = fields["description"] ?? ""
        releaseStatus = fields.word("releaseStatus") ?? ""
        bumpFromVersion = fields.word("bumpFromVersion") ?? ""
        bumpToVersion = fields.word("bumpToVersion") ?? ""
        manifest = fields["bumpManifesto"] ?? ""
        part = fields.word("datastoreRdn") ?? ""
        from = fields.word("from")
    }

    init(_ job: Job) {
        operation = job.operationName ?? operation
        target = job.target ?? ""
        description = job.parameters?["description"]?.string ?? ""
        releaseStatus = job.releaseStatus ?? ""
        bumpFromVersion = job.bumpFromVersion ?? ""
        bumpToVersion = job.bumpToVersion ?? ""
        manifest = job.parameters?["bumpManifesto"].map(\.indented) ?? ""
        part = job.json["datastoreRdn"]?.string ?? ""
        from = job.id
    }

    /// What is posted.
    /// - Throws: `HTTPError` 400 if the manifest is no JSON.
    func item() throws(HTTPError) -> JSON {
        var item = JSONObject()
        let texts = [
            ("operation", operation), ("target", target), ("description", description),
            ("releaseStatus", releaseStatus), ("bumpFromVersion", bumpFromVersion), ("bumpToVersion", bumpToVersion),
            ("datastoreRdn", part),
        ]
        for (name, value) in texts where !value.isEmpty { item[name] = .string(value) }
        if manifest.contains(where: { !$0.isWhitespace }) {
            do {
                item["bumpManifesto"] = try JSON(parsing: Array(manifest.utf8))
            } catch {
                throw HTTPError(.badRequest, code: "console.manifest", message: "The manifest is no JSON: \(error)")
            }
        }
        return .object(item)
    }

    /// - Parameter key: by which the same form that is sent twice makes one job.
    func page(_ visit: Visit, _ parts: Parts, key: String = UUID().description, problem: String? = nil) -> Page {
        let back = from.map { visit.place.job($0) } ?? visit.place.page("jobs")
        return Page(from == nil ? "New job" : "Resubmit", .jobs) { page in
            if let problem { LogInHint.write(problem, visit, to: &page) }
            page.element("form", ["class": "form", "method": "post", "action": visit.place.page("jobs", "new")]) {
                form in
                form.hidden("key", key)
                form.hidden("from", from)
                if !parts.names.isEmpty {
                    form.choice("datastoreRdn", "Datastore", .words(parts.names), value: part)
                }
                form.choice("operation", "Operation", .words(JobOperation.allCases.map(\.rawValue)), value: operation)
                form.field(
                    "target", "Target", value: target, hint: "Capital letters, digits and _; DATASTORE for BUMP",
                    isRequired: true, most: 128, pattern: "[A-Z][A-Z0-9_]*")
                form.area("description", "Description", value: description, hint: "REMOVE and BUMP need one", rows: 2)
                form.choice(
                    "releaseStatus", "Release status", .words(ReleaseStatus.allCases.map(\.rawValue), none: "none"),
                    value: releaseStatus, hint: "SET_STATUS needs one")
                writeRelease(to: &form)
                form.buttons("Queue the job", "primary", back: back)
            }
        }
    }

    private func writeRelease(to form: inout HTML) {
        form.element("details", ["open": operation == JobOperation.bump.rawValue ? "" : nil]) { details in
            details.element("summary", text: "What BUMP needs")
            details.field("bumpFromVersion", "From version", value: bumpFromVersion, most: 128)
            details.field("bumpToVersion", "To version", value: bumpToVersion, most: 128)
            details.area("bumpManifesto", "Manifest, as JSON", value: manifest, rows: 8, isCode: true)
        }
    }
}

/// A problem that a form tells of, with the way to log in where that would help.
enum LogInHint {
    static func write(_ problem: String, _ visit: Visit, to page: inout HTML) {
        page.problem(problem) { line in
            guard problem.hasPrefix("Unauthorized") || problem.hasPrefix("Forbidden") else { return }
            line.element("a", ["href": visit.place.page("login"), "target": "_blank"], text: "Log in")
            line.put(" in another tab, and send this again.")
        }
    }
}
