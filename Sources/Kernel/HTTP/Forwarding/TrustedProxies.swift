/// The proxies whose word is taken for who the client is.
///
/// Each proxy of a chain appends the address of whoever connected to it to what it was sent. So the list is read from
/// its end, and only as far as proxies that are trusted have written it: what stands before that may be invented.
struct TrustedProxies: Sendable {
    private let networks: [AddressNetwork]
    /// Whether whoever connects by a Unix-domain socket is one.
    private let trustsLocalSockets: Bool

    static let none = TrustedProxies(networks: [], trustsLocalSockets: false)

    init(networks: [AddressNetwork], trustsLocalSockets: Bool) {
        self.networks = networks
        self.trustsLocalSockets = trustsLocalSockets
    }

    /// Reads `trustedProxies` from the section `http`.
    init(reading section: ConfigurationSection) {
        var networks: [AddressNetwork] = []
        var trustsLocalSockets = false
        let texts = section.reloadable.strings(
            "trustedProxies",
            "Addresses and networks of the proxies in front, whose X-Forwarded-For or Forwarded says in the log who the "
                + "client is; `unix` for one that connects by a Unix-domain socket")
        for text in texts {
            if let network = AddressNetwork(text) {
                networks.append(network)
            } else if text == "unix" {
                trustsLocalSockets = true
            } else {
                section.problem(
                    "trustedProxies", "\(Redaction.quoted(text)) is neither an address nor a network",
                    remedy: "write it as 10.0.0.1, 10.0.0.0/8, 2001:db8::/32 or unix")
            }
        }
        self.init(networks: networks, trustsLocalSockets: trustsLocalSockets)
    }

    /// Who a request comes from: the last one of the chain that is no trusted proxy; where a proxy does not know or say
    /// whom it serves, that proxy.
    /// - Parameter peer: who is connected; nil for a Unix-domain socket.
    func client(of peer: NetworkAddress?, headers: @autoclosure () -> Headers) -> NetworkAddress? {
        guard isTrusted(peer) else { return peer }
        var client = peer
        for address in ForwardingChain.addresses(in: headers()).reversed() {
            guard let address else { return client }
            client = address
            if !isTrusted(address) { return client }
        }
        return client
    }

    private func isTrusted(_ peer: NetworkAddress?) -> Bool {
        guard let peer else { return trustsLocalSockets }
        return networks.contains { $0.contains(peer) }
    }
}
