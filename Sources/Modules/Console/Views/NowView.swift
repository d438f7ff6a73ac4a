import Jobs
import Kernel

/// How the register is at this moment, on one screen.
struct NowView: View {
    let visit: Visit

    private static let failures = 10

    func page(_ permissions: Permissions) async throws -> Page {
        let now = try await Now(visit)
        return Page("Now", .now, isLive: true) { page in
            page.element("div", ["id": "now"]) { write(now, permissions, to: &$0) }
        }
    }

    private func write(_ now: Now, _ permissions: Permissions, to page: inout HTML) {
        if let status = now.maintenance, status.isPaused { writePause(status, permissions, to: &page) }
        guard let summary = now.summary else {
            page.empty("This stack keeps no jobs.")
            return
        }
        writeCounts(summary, to: &page)
        writeSafety(now, to: &page)
        if !now.held.isEmpty {
            page.heading("Held")
            page.element(
                "p", ["class": "hint"],
                text: "Their executors have fallen silent. "
                    + (permissions.canResolve
                        ? "Open a job to say what becomes of it."
                        : "Somebody has to say what becomes "
                            + "of them."))
            table("Held jobs", "Last heard of", now).write(now.held, to: &page)
        }
        if !now.stuck.isEmpty {
            page.heading("Stuck")
            let age = Age.words(seconds: visit.console.stuckAfter / 1_000_000)
            page.element("p", ["class": "hint"], text: "Nothing has been heard of them for \(age).")
            table("Stuck jobs", "Last heard of", now).write(now.stuck, to: &page)
        }
        page.heading("Running")
        if now.running.isEmpty {
            page.empty(
                summary.inProgress == 0
                    ? "Nothing is queued and nothing runs." : "Nothing runs; executors take what is queued."
            ) { if permissions.canPost { $0.link(visit.place.page("jobs", "new"), "Queue a job") } }
        } else {
            table("Running jobs", "Last heard of", now).write(now.running, to: &page)
        }
        now.writeCut(visit.place, to: &page)
        page.heading("Latest failures")
        if now.failures.isEmpty {
            page.empty("No job has failed yet.")
        } else {
            JobTable(place: visit.place, caption: "Latest failures", withLastLine: true, lastSign: "Failed")
                .write(Array(now.failures.prefix(Self.failures)), to: &page)
        }
    }

    private func table(_ caption: String, _ lastSign: String, _ now: Now) -> JobTable {
        JobTable(
            place: visit.place, caption: caption, withLastLine: true, lastSign: lastSign, holders: now.holders)
    }

    private func writePause(_ status: MaintenanceState, _ permissions: Permissions, to page: inout HTML) {
        page.element("section", ["class": "notice warn", "id": "paused"]) { notice in
            notice.element("strong", text: "Paused")
            notice.put(" for ")
            notice.since(status.timestamp)
            notice.put(": ")
            notice.data(status.message)
            notice.put(" ")
            notice.link(visit.place.page("maintenance"), permissions.canPause ? "Resume" : "More")
        }
    }

    private func writeCounts(_ summary: Summary, to page: inout HTML) {
        let place = visit.place
        page.element("ul", ["class": "counts", "aria-label": "Jobs in progress by status"]) { list in
            for (status, count) in summary.byStatus where count > 0 || status == "queued" {
                list.element("li", ["id": "count-\(status)"]) { item in
                    item.element("a", ["href": place.page("jobs", query: [QueryItem("status", status)])]) { link in
                        link.element("span", ["class": "figure"], text: String(count))
                        link.status(status)
                    }
                }
            }
        }
        guard let oldest = summary.oldestQueued else { return }
        page.element("p", ["id": "oldest"]) { line in
            line.put("The oldest queued job, ")
            line.element("a", ["href": place.job(oldest.id)]) { $0.data(oldest.target) }
            line.put(", has waited for ")
            line.since(oldest.createdAt)
            line.put(".")
        }
    }

    private func writeSafety(_ now: Now, to page: inout HTML) {
        page.element("p", ["id": "safe"]) { line in
            line.put("Safe to upgrade? ")
            now.writeSafety(to: &line)
        }
    }
}
