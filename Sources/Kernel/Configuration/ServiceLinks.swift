/// Recognizes the variables by which Kubernetes tells each pod of a namespace where its Services are, and by which
/// Docker told linked containers of each other.
///
/// A Service named `our-service-mongodb` brings `OUR_SERVICE_MONGODB_SERVICE_HOST`, `…_SERVICE_PORT`,
/// `…_SERVICE_PORT_<NAME>` for named ports, `…_PORT` (a URL), and for each port `…_PORT_<N>_TCP` (or UDP, SCTP), which
/// comes with `_PROTO`, `_PORT` and `_ADDR`. One named `our-service-http` thereby brings `OUR_SERVICE_HTTP_PORT`, which
/// is not what somebody meant who left out an underscore of `OUR_SERVICE_HTTP__PORT`.
struct ServiceLinks {
    private static let protocols = ["TCP", "UDP", "SCTP"]

    let variables: [String: String]

    /// Whether a variable whose name begins like ours tells of a Service.
    func contains(_ name: String) -> Bool {
        guard let service = service(of: name) else { return false }
        // Two underscores in a row are ours, unless a Service that is called so (`our-service-a--b`) is all there.
        return !name.contains("__") || isWhole(service)
    }

    /// The Service that a variable tells of, as variables spell its name: `OUR_SERVICE_MONGODB`.
    private func service(of name: String) -> String? {
        var words = name.split(separator: "_", omittingEmptySubsequences: false)[...]
        if let last = words.last, ["PROTO", "PORT", "ADDR"].contains(last), Self.endsWithPort(words.dropLast()) {
            words.removeLast()
        }
        if Self.endsWithPort(words) { return words.dropLast(3).joined(separator: "_") }
        if name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_SERVICE_PORT") {
            let service = words.dropLast(2).joined(separator: "_")
            return isWhole(service) ? service : nil
        }
        if words.last == "PORT", isAddress(variables[name]) { return words.dropLast().joined(separator: "_") }
        return name.ranges(of: "_SERVICE_PORT_").map { String(name[..<$0.lowerBound]) }.first(where: isWhole)
    }

    /// Whether the last words are those of one port: `PORT`, `27017`, `TCP`.
    private static func endsWithPort(_ words: ArraySlice<Substring>) -> Bool {
        let last = Array(words.suffix(3))
        return last.count == 3 && last[0] == "PORT" && UInt16(last[1]) != nil && protocols.contains(String(last[2]))
    }

    /// Whether both variables are there that every Service has.
    private func isWhole(_ service: String) -> Bool {
        variables["\(service)_SERVICE_HOST"] != nil
            && variables["\(service)_SERVICE_PORT"].flatMap { UInt16($0) } != nil
    }

    /// Whether a value is such a URL as `tcp://10.0.0.3:27017`, which no key of ours called `…port` could mean.
    private func isAddress(_ value: String?) -> Bool {
        Self.protocols.contains { value?.hasPrefix("\($0.lowercased())://") == true }
    }
}
