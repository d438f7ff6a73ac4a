import CMongoC
import Kernel

/// A `mongodb:` or `mongodb+srv:` URL with what the configuration adds to it. Holds the password.
// @unchecked Sendable: the URI is not changed once it is made.
final class ConnectionString: @unchecked Sendable {
    /// The database of the documents: the one that the URL names, or `jobdb`.
    let database: String
    /// The servers, for messages.
    let hosts: String
    /// The user, for messages.
    let user: String?

    let tls: TLSOptions

    private let uri: OpaquePointer

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
        database = name.isEmpty ? "jobdb" : name
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
        if !options.has("appName") { mongoc_uri_set_appname(uri, "job-service") }
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, true)
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true)
        tls = TLSOptions(uri)
        self.uri = uri
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
