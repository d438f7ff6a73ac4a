import CMongoC
import Kernel

/// A `mongodb:` or `mongodb+srv:` URL with what the configuration adds to it. Holds the password.
// @unchecked Sendable: the URI is not changed once it is made.
final class ConnectionString: @unchecked Sendable {
    /// The database of the documents: the one that the URL names, or the product's.
    let database: String
    /// The servers, for messages.
    let hosts: String
    /// The user, for messages.
    let user: String?

    let tls: TLSOptions

    let own: OwnCollections
    private let uri: OpaquePointer
    private let url: StorageURL
    private let settings: MongoDBSettings

    /// What is wrong with a URL; it quotes no secret.
    struct Problem: Error, Sendable, Hashable {
        let what: String
        let remedy: String
    }

    init(_ url: StorageURL, _ settings: MongoDBSettings) throws(Problem) {
        LibMongoC.prepare(log: nil)
        try URLOptions(url.text).check()
        var error = bson_error_t()
        guard let uri = mongoc_uri_new_with_error(url.text, &error) else {
            throw Problem(
                what: "is no valid MongoDB URL: \(Self.explanation(error, of: url))",
                remedy: "write it as mongodb://HOST:PORT/DATABASE, with special characters of user and password as "
                    + "%XX, or set MONGODB_USER and MONGODB_PASSWORD")
        }
        let name = mongoc_uri_get_database(uri).map { String(cString: $0) } ?? ""
        database = name.isEmpty ? settings.product.databaseName : name
        hosts = Self.hosts(of: url)
        if let user = settings.user, let password = settings.password {
            mongoc_uri_set_username(uri, user)
            mongoc_uri_set_password(uri, password.reveal())
            self.user = user
        } else {
            user = mongoc_uri_get_username(uri).map { String(cString: $0) }
        }
        let options = URLOptions(url.text)
        if user != nil, !options.has("authSource"), Self.usesAuthSource(uri) {
            mongoc_uri_set_auth_source(uri, settings.authSource)
        }
        func set(_ name: String, _ span: Duration) {
            if !options.has(name) { mongoc_uri_set_option_as_int32(uri, name, Int32(clamping: span.milliseconds)) }
        }
        set(MONGOC_URI_SERVERSELECTIONTIMEOUTMS, settings.serverSelectionTimeout)
        set(MONGOC_URI_CONNECTTIMEOUTMS, settings.connectTimeout)
        set(MONGOC_URI_SOCKETTIMEOUTMS, settings.socketTimeout)
        set(MONGOC_URI_HEARTBEATFREQUENCYMS, .seconds(2))
        // The library would stay with a single server for ever, whatever becomes of it in its replica set.
        if url.scheme == "mongodb", !options.has("directConnection"), options["loadBalanced"] != "true" {
            mongoc_uri_set_option_as_bool(uri, MONGOC_URI_DIRECTCONNECTION, false)
        }
        if !options.has("appName") { mongoc_uri_set_appname(uri, settings.product.name) }
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, true)
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true)
        tls = TLSOptions(uri)
        self.uri = uri
        self.url = url
        self.settings = settings
        own = OwnCollections(of: settings.product)
    }

    deinit {
        mongoc_uri_destroy(uri)
    }

    func withURI<R>(_ body: (OpaquePointer) -> R) -> R { body(uri) }

    /// Whether the user is looked for in a database: mechanisms that ask somebody else have the source `$external`,
    /// which the library sets, and refuse another.
    private static func usesAuthSource(_ uri: OpaquePointer) -> Bool {
        guard let mechanism = mongoc_uri_get_auth_mechanism(uri).map({ String(cString: $0) }) else { return true }
        return mechanism.uppercased().hasPrefix("SCRAM-") || mechanism.uppercased() == "MONGODB-CR"
    }

    /// The same for one server alone, which needs no name to be looked up that is not its own.
    /// - Parameters:
    ///   - address: host and port.
    ///   - socketTimeout: how long it may take to answer; as usual if nil.
    func alone(_ address: String, socketTimeout: Duration? = nil) -> ConnectionString? {
        let options = URLOptions(url.text)
        let isBalanced = options["loadBalanced"] == "true"
        var text = options.text(
            without: ["directConnection", "replicaSet", "srvMaxHosts", "srvServiceName"]
                + (socketTimeout == nil ? [] : ["socketTimeoutMS"]))
        for more in [
            isBalanced ? nil : "directConnection=true",
            tls.isOn && !options.has("tls") && !options.has("ssl") ? "tls=true" : nil,
        ] {
            if let more { text += (text.isEmpty ? "" : "&") + more }
        }
        let authority = url.rest.drop { $0 == "/" }.prefix { $0 != "/" && $0 != "?" }
        let user = authority.lastIndex(of: "@").map { authority[...$0] } ?? ""
        // A socket of this machine is written with its slashes escaped.
        let place = address.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
        var settings = settings
        if let socketTimeout { settings.socketTimeout = socketTimeout }
        return StorageURL("mongodb://\(user)\(place)/\(database)?\(text)").flatMap {
            try? ConnectionString($0, settings)
        }
    }

    /// The library's explanation, unless it quotes something that may be a part of the password.
    private static func explanation(_ error: bson_error_t, of url: StorageURL) -> String {
        let text = withUnsafePointer(to: error) { String(cString: cmongoc_message($0)) }
        return url.rest.contains("@") ? "it cannot be read" : text
    }

    private static func hosts(of url: StorageURL) -> String {
        let authority = url.rest.drop { $0 == "/" }.prefix { $0 != "/" && $0 != "?" }
        return String(
            authority[(authority.lastIndex(of: "@").map { authority.index(after: $0) } ?? authority.startIndex)...])
    }
}
