import Kernel

/// The elements that the pages are made of. What comes from data stands in `bdi`, so that text that is written from right
/// to left turns nothing around it.
extension HTML {
    /// A text from data, cut by the style where there is no room, and told whole when pointed at.
    mutating func data(_ text: String, class name: String? = nil) {
        element("bdi", ["class": name, "title": text], text: text)
    }

    /// An instant: how long ago, and exactly when pointed at.
    mutating func ago(_ instant: String?) {
        guard let instant, let words = Age.ago(instant) else { return put(instant ?? "–") }
        element("time", ["datetime": instant, "title": Age.exact(instant)], text: words)
    }

    /// How long something has gone on.
    mutating func since(_ instant: String?) {
        guard let instant, let words = Age.between(instant, and: Timestamp.now.description) else {
            return put(instant ?? "–")
        }
        element("time", ["datetime": instant, "title": Age.exact(instant), "data-span": ""], text: words)
    }

    /// The status of a job: a word with a shape and a colour.
    mutating func status(_ word: String?) {
        let kind =
            switch word {
            case "queued": "waiting"
            case "completed": "good"
            case "failed": "bad"
            default: "running"
            }
        element("span", ["class": "status \(kind)"], text: word ?? "unknown")
    }

    mutating func badge(_ text: String, _ kind: String) {
        element("span", ["class": "status \(kind)"], text: text)
    }

    mutating func link(_ target: String, _ text: String, class name: String? = nil) {
        element("a", ["href": target, "class": name], text: text)
    }

    /// A link to where something can be done, which opens in a dialog where there are scripts.
    mutating func action(_ target: String, _ text: String, _ kind: String = "quiet", for what: String? = nil) {
        element("a", ["href": target, "class": "button \(kind)", "data-dialog": ""]) { link in
            link.put(text)
            if let what { link.element("span", ["class": "aside"], text: " \(what)") }
        }
    }

    mutating func heading(_ text: String) { element("h2", text: text) }

    /// What stands where there is nothing to show: what that means, and what to do next.
    mutating func empty(_ text: String, _ next: (inout HTML) -> Void = { _ in }) {
        element("p", ["class": "empty"]) { line in
            line.put(text + " ")
            next(&line)
        }
    }

    /// Tells of a problem where it arose.
    mutating func problem(_ text: String, _ next: (inout HTML) -> Void = { _ in }) {
        element("p", ["class": "notice bad", "role": "alert"]) { line in
            line.put(text + " ")
            next(&line)
        }
    }

    /// A table; each cell is told under its heading where there is no room for columns.
    mutating func table(
        _ caption: String, _ headings: [String], class name: String? = nil, rows: (inout HTML) throws -> Void
    ) rethrows {
        try element("table", ["class": name]) { table in
            table.element("caption", text: caption)
            table.element("thead") { head in
                head.element("tr") { row in
                    for heading in headings {
                        row.element(
                            "th", ["scope": "col", "class": heading == "Actions" ? "actions" : nil], text: heading)
                    }
                }
            }
            try table.element("tbody", [:], rows)
        }
    }

    mutating func cell(_ heading: String, _ kind: String? = nil, _ content: (inout HTML) throws -> Void) rethrows {
        try element("td", ["data-heading": heading, "class": kind], content)
    }

    mutating func hidden(_ name: String, _ value: String?) {
        if let value { void("input", ["type": "hidden", "name": name, "value": value]) }
    }
}
