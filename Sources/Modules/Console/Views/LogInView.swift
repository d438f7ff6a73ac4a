import Authentication
import Kernel

/// Tells how to log in: at the platform, whose cookies count here, or with an API key.
struct LogInView: View {
    let visit: Visit
    var problem: String?

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) -> Page {
        Page("Log in", nil) { page in
            if let problem { page.problem(problem) }
            if let url = visit.console.loginURL {
                page.heading("As an administrator")
                page.element("p") { line in
                    line.put("Log in to the platform; this page knows you by its cookies. ")
                    line.link(url, "Log in", class: "button primary")
                }
            }
            if visit.console.sessions?.isAskedFor == true {
                page.heading("With an API key")
                page.element("form", ["class": "form", "method": "post", "action": visit.place.page("login")]) { form in
                    form.field(
                        "key", "API key", value: nil,
                        hint: "Kept until this browser is closed, where no script can read it", type: "password",
                        isRequired: true, most: 1000)
                    form.buttons("Log in", "primary", back: visit.place.page())
                }
            }
            if !permissions.canLogIn {
                page.empty(
                    permissions.isOpen
                        ? "This stack asks nobody who they are."
                        : "There is nothing to log in with: this stack knows no API keys, and no page to log in at is configured (modules.console.loginURL)."
                )
            }
        }
    }
}
