import Kernel

/// The options behind the `?` of a MongoDB URL. libmongoc passes over those that it does not know; here they are an
/// error, since a misspelt `tls` must not mean a connection in the clear.
struct URLOptions {
    /// Names and values as written, in order.
    let options: [(name: String, value: String)]

    init(_ url: String) {
        // Neither a user nor a database may hold a '?' that is not escaped; an option may.
        guard let mark = url.firstIndex(of: "?") else {
            options = []
            return
        }
        options = url[url.index(after: mark)...].split(whereSeparator: { $0 == "&" || $0 == ";" }).map { option in
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
        }
    }

    func has(_ name: String) -> Bool { self[name] != nil }

    subscript(_ name: String) -> String? {
        options.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// As they are written in a URL, but for some.
    func text(without names: [String]) -> String {
        options.filter { option in !names.contains { $0.lowercased() == option.name.lowercased() } }
            .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// The options that may be given, as the documentation of libmongoc 1.23 spells them.
    private static let known = [
        "appName", "authMechanism", "authMechanismProperties", "authSource", "connectTimeoutMS",
        "directConnection", "heartbeatFrequencyMS", "loadBalanced", "localThresholdMS", "replicaSet",
        "serverSelectionTimeoutMS", "socketCheckIntervalMS", "socketTimeoutMS", "srvMaxHosts", "srvServiceName", "ssl",
        "tls", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsCAFile", "tlsCertificateKeyFile",
        "tlsCertificateKeyFilePassword", "tlsDisableCertificateRevocationCheck", "tlsDisableOCSPEndpointCheck",
        "tlsInsecure",
    ]

    /// Options of MongoDB that have a place elsewhere, or none, in this service.
    private static let fixed = [
        "w": "writes are always acknowledged by a majority", "journal": "writes are always journaled",
        "wTimeoutMS": "it is fixed", "readConcernLevel": "it is always one that keeps transactions consistent",
        "readPreference": "reads go to the primary", "readPreferenceTags": "reads go to the primary",
        "compressors": "replies are checked before they are read, which compressed ones cannot be",
        "zlibCompressionLevel": "nothing is compressed",
        "maxStalenessSeconds": "reads go to the primary", "retryReads": "they are always on",
        "retryWrites": "they are always on", "serverSelectionTryOnce": "servers are watched all the time",
        "maxPoolSize": "set storage.mongodb.connections", "minPoolSize": "set storage.mongodb.connections",
        "maxIdleTimeMS": "connections are kept", "waitQueueTimeoutMS": "set storage.mongodb.readDeadline",
        "waitQueueMultiple": "set storage.mongodb.queue", "safe": "writes are always acknowledged by a majority",
    ]

    func check() throws(ConnectionString.Problem) {
        // What stands here may be the rest of a password: it is not quoted.
        if options.contains(where: { $0.name.contains("@") || $0.value.contains("@") }) {
            throw ConnectionString.Problem(
                what: "the URL has a '?' before an '@', as if a password were an option",
                remedy: "write %3F and %40 for those in the user, the password and the options")
        }
        for (name, value) in options {
            if let (known, reason) = Self.fixed.first(where: { $0.key.lowercased() == name.lowercased() }) {
                // What says the same as this service does is no harm.
                if [("w", "majority"), ("journal", "true"), ("retrywrites", "true"), ("retryreads", "true")]
                    .contains(where: { $0 == (name.lowercased(), value.lowercased()) })
                {
                    continue
                }
                throw ConnectionString.Problem(
                    what: "the option \(known) cannot be set in the URL: \(reason)", remedy: "remove it from the URL")
            }
            guard Self.known.contains(where: { $0.lowercased() == name.lowercased() }) else {
                let nearest = Spelling.nearest(to: name, among: Self.known)
                throw ConnectionString.Problem(
                    what: "the URL has an option that is not known: \(JSON.string(String(name.prefix(40))).text)",
                    remedy: nearest.map { "did you mean \($0)?" } ?? "remove it from the URL")
            }
            guard !value.isEmpty else {
                throw ConnectionString.Problem(
                    what: "the option \(name) of the URL has no value", remedy: "write \(name)=VALUE, or remove it")
            }
            if let problem = Self.problem(of: name.lowercased(), value) {
                throw ConnectionString.Problem(what: "the option \(name) of the URL \(problem)", remedy: "correct it")
            }
        }
    }

    /// Why a value is not of the kind that the option has; libmongoc would only warn.
    private static func problem(of name: String, _ value: String) -> String? {
        let isBoolean =
            name == "ssl" || name == "directconnection" || name == "loadbalanced" || name == "tls"
            || name == "tlsinsecure" || name.hasPrefix("tlsallow") || name.hasPrefix("tlsdisable")
        if isBoolean { return value == "true" || value == "false" ? nil : "must be true or false" }
        if name.hasSuffix("ms") || name == "srvmaxhosts" {
            return Int32(value).map { $0 >= 0 } == true ? nil : "must be a whole number"
        }
        return nil
    }
}
