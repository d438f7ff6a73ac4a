/// Refuses writes that a browser makes for a page of another origin. Browsers attach the credentials, which are
/// cookies, to those requests too, and since bodies are read whatever their Content-Type, no preflight stops them.
///
/// A browser says where a write comes from in `Sec-Fetch-Site` (W3C Fetch Metadata) or, on plain HTTP and in older
/// ones, in `Origin` (RFC 6454 section 7); no page can forge either. Other clients send neither and are not affected.
struct OriginPolicy: Sendable {
    private let trusted: Set<Origin>

    init(trusting origins: [Origin] = []) {
        trusted = Set(origins)
    }

    /// Reads `trustedOrigins` from the section `http`.
    init(reading section: ConfigurationSection) {
        let texts = section.reloadable.strings(
            "trustedOrigins", "Web origins (scheme://host[:port]) whose pages may write beside this service's own")
        for text in texts where Origin(text) == nil {
            section.problem(
                "trustedOrigins", "\(Redaction.quoted(text)) is not an origin",
                remedy: "write it as http://host, https://host or https://host:port, without a path")
        }
        self.init(trusting: texts.compactMap(Origin.init))
    }

    /// - Throws: 403 for a write of another origin.
    func check(_ request: Request) throws(HTTPError) {
        guard !request.method.isSafe, request.headers.mayHave([.origin, .secFetchSite]) else { return }
        let sites = request.headers.values(of: "Sec-Fetch-Site")
        let origins = request.headers.values(of: "Origin")
        if sites.isEmpty && origins.isEmpty { return }
        let isOwn =
            sites.isEmpty
            ? origins.allSatisfy { Origin($0)?.isHost(request.headers["Host"] ?? "") ?? false }
            : sites.allSatisfy { $0 == "same-origin" || $0 == "none" }
        if isOwn { return }
        if !origins.isEmpty, origins.allSatisfy({ Origin($0).map(trusted.contains) ?? false }) { return }
        throw HTTPError(
            .forbidden, code: "origin.refused",
            message: "Pages of another origin may not write here unless http.trustedOrigins lists their origin")
    }
}
