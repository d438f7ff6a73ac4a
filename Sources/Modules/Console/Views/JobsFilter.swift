import Jobs
import Kernel

/// Which jobs a list shows, as its address says it.
struct JobsFilter: Sendable {
    let status: String?
    let operation: String?
    let target: String?
    let creator: String?
    let since: String?
    let before: String?
    /// The datastore, where there are several.
    let part: String?

    init(_ fields: FormFields) {
        status = fields.word("status")
        operation = fields.word("operation")
        target = fields.word("target")
        creator = fields.word("createdBy")
        since = fields.word("createdAfter")
        before = fields.word("createdBefore")
        part = fields.word("datastore")
    }

    /// The items of an address that shows these jobs.
    var items: [QueryItem] {
        [
            ("status", status), ("operation", operation), ("target", target), ("createdBy", creator),
            ("createdAfter", since), ("createdBefore", before), ("datastore", part),
        ].compactMap { name, value in value.map { QueryItem(name, $0) } }
    }

    var isEmpty: Bool { items.isEmpty }

    /// Whether jobs that have not come to their end can be among them.
    var wantsInProgress: Bool { status.flatMap(JobStatus.init)?.isFinal != true }

    /// The route that lists them.
    var path: String { part.map { "/datastores/\(PercentEncoding.encode($0))/jobs" } ?? "/jobs" }

    /// What the route is asked.
    var query: [QueryItem] {
        items.filter { $0.name != "datastore" }.map { item in
            item.name.hasPrefix("created") && item.name != "createdBy"
                ? QueryItem(item.name, Self.instant(item.value)) : item
        }
    }

    /// What a browser's field for a time gives has no seconds and no zone: it is UTC here, like all times.
    private static func instant(_ text: String) -> String {
        let digits = text.utf8.count
        if digits == 10 { return text + "T00:00:00Z" }
        if digits == 16 { return text + ":00Z" }
        return digits == 19 ? text + "Z" : text
    }

    /// For a sentence: `queued ADD jobs of MY_DATASET`.
    var words: String {
        if isEmpty { return "all jobs" }
        var words = [status, operation].compactMap(\.self).joined(separator: " ")
        words += (words.isEmpty ? "" : " ") + "jobs"
        if let target { words += " of \(target)" }
        if let creator { words += " by the user \(creator)" }
        if let since { words += " created since \(since)" }
        if let before { words += " created before \(before)" }
        if let part { words += " in \(part)" }
        return words
    }
}
