import Kernel

/// The cookie by which the console knows somebody who has logged in with an API key: no script can read it, no other site
/// can send it, and it ends with the browser. It has no path of its own, so that it is one of the console's pages
/// wherever a proxy has put those.
enum SessionCookie {
    private static let name = "console-session"

    static func value(in request: Request) -> String? {
        for field in request.headers.values(of: "Cookie") {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
                if parts.count == 2, parts[0] == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// - Parameter request: the one that logs in, which tells whether the browser speaks TLS with whoever is in front.
    static func set(_ value: String, for request: Request) -> (name: String, value: String) {
        ("Set-Cookie", "\(name)=\(value); HttpOnly; SameSite=Strict\(isSecure(request) ? "; Secure" : "")")
    }

    static func clear(for request: Request) -> (name: String, value: String) {
        ("Set-Cookie", "\(name)=; Max-Age=0; HttpOnly; SameSite=Strict\(isSecure(request) ? "; Secure" : "")")
    }

    /// Browsers name the scheme of the page in `Origin`; proxies in `X-Forwarded-Proto`.
    private static func isSecure(_ request: Request) -> Bool {
        request.headers["Origin"]?.hasPrefix("https://") == true
            || request.headers["X-Forwarded-Proto"]?.hasPrefix("https") == true
    }
}
