/// The consent that a service without authentication needs to be reached from other machines.
struct OpenListening {
    private let section: ConfigurationSection
    private let host: String
    private let inherited: InheritedSocket?
    private let isAllowed: Bool

    /// Reads `allowUnauthenticated` from the section `http`.
    init(reading section: ConfigurationSection, host: String, inherited: InheritedSocket?) {
        self.section = section
        self.host = host
        self.inherited = inherited
        isAllowed = section.boolean(
            "allowUnauthenticated", default: false,
            "Consent to listen beyond this machine while authentication is off, so that anyone can "
                + section.product.words.use)
    }

    /// Records a problem if anyone could reach a service that asks nobody for anything.
    func check(_ access: any AccessControl) {
        guard access.isOpen, !isAllowed, !(inherited?.address.isLocal ?? ListeningHost.isLoopback(host)) else { return }
        // What is no address at all is told already.
        if inherited == nil, ListeningHost.problem(of: host) != nil { return }
        let place =
            inherited.map { "the socket that systemd passed, \($0)," }
            ?? (ListeningHost.isAddress(host)
                ? Redaction.quoted(host) : "\(Redaction.quoted(host)) is no address, and what it is the name of")
        section.problem(
            "host", "\(place) can be reached from other machines while authentication is off",
            remedy: "set JWKS_URL to turn authentication on, or listen on 127.0.0.1, "
                + "or set http.allowUnauthenticated: true to let anyone who reaches this service "
                + section.product.words.use)
    }
}
