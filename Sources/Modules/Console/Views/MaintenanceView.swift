import Jobs
import Kernel

/// Whether jobs are started, the switch, what still runs, and what was before.
struct MaintenanceView: View {
    let visit: Visit
    var message: String?
    var problem: String?

    private static let most = 100

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) async throws -> Page {
        let now = try await Now(visit)
        let history = (try await visit.get("/maintenance-history").array ?? []).prefix(Self.most).map(
            MaintenanceState.init)
        return Page("Maintenance", .maintenance, isLive: problem == nil) { page in
            page.element("div", ["id": "state"]) { writeState(now, to: &$0) }
            if permissions.canPause, let status = now.maintenance { writeSwitch(status, to: &page) }
            page.element("div", ["id": "running"]) { writeRunning(now, to: &$0) }
            page.heading("History")
            page.element("div", ["id": "history"]) { write(history, to: &$0) }
        }
    }

    private func writeState(_ now: Now, to page: inout HTML) {
        guard let status = now.maintenance else { return }
        page.element("p", ["class": status.isPaused ? "notice warn" : "notice"]) { line in
            line.element("strong", text: status.isPaused ? "Paused" : "Not paused")
            line.put(" for ")
            line.since(status.timestamp)
            line.put(": ")
            line.data(status.message)
        }
        page.element("p", ["id": "safe"]) { line in
            line.put("Safe to upgrade? ")
            now.writeSafety(to: &line)
        }
    }

    private func writeSwitch(_ status: MaintenanceState, to page: inout HTML) {
        page.element(
            "form", ["class": "form", "method": "post", "action": visit.place.page("maintenance"), "id": "switch"]
        ) {
            form in
            if let problem { LogInHint.write(problem, visit, to: &form) }
            form.hidden("seen", status.timestamp)
            form.hidden("paused", status.isPaused ? "false" : "true")
            form.field(
                "message", status.isPaused ? "Why are jobs started again?" : "Why are no more jobs started?",
                value: message, hint: "Everybody who asks is told", isRequired: true, most: 1000)
            form.buttons(status.isPaused ? "Resume" : "Pause", status.isPaused ? "primary" : "danger", back: nil)
        }
    }

    private func writeRunning(_ now: Now, to page: inout HTML) {
        let jobs = now.held + now.stuck + now.running
        guard !jobs.isEmpty else { return }
        page.heading("What still runs")
        JobTable(
            place: visit.place, caption: "Running jobs", withLastLine: true, lastSign: "Last heard of",
            holders: now.holders
        ).write(jobs, to: &page)
        now.writeCut(visit.place, to: &page)
    }

    private func write(_ history: [MaintenanceState], to page: inout HTML) {
        page.table("Statuses, the latest first", ["When", "State", "Message"]) { body in
            for status in history {
                body.element("tr") { row in
                    row.cell("When", "number") { $0.ago(status.timestamp) }
                    row.cell("State") {
                        $0.badge(status.isPaused ? "paused" : "running", status.isPaused ? "warn" : "good")
                    }
                    row.cell("Message", "text main") { $0.data(status.message) }
                }
            }
        }
    }
}
