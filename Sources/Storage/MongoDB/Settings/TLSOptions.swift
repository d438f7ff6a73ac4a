import CMongoC
import Glibc
import Kernel

/// What the options of a MongoDB URL say of TLS.
struct TLSOptions: Sendable {
    let isOn: Bool
    /// The files that options name.
    let files: [(option: String, path: String)]
    /// The options that let an impostor pass for the server.
    let weaknesses: [String]

    init(_ uri: OpaquePointer) {
        isOn = mongoc_uri_get_tls(uri)
        files = ["tlsCAFile", "tlsCertificateKeyFile"].compactMap { option in
            mongoc_uri_get_option_as_utf8(uri, option, nil).map { (option, String(cString: $0)) }
        }
        weaknesses = ["tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsInsecure"].filter {
            mongoc_uri_get_option_as_bool(uri, $0, false)
        }
    }

    /// The library would report a file that it cannot use as a server that it cannot reach.
    func checkFiles() throws(BootIssue) {
        for (option, path) in files where access(path, R_OK) != 0 {
            throw BootIssue(
                .configuration,
                "the file that \(option) names cannot be read: \(path): \(String(cString: strerror(errno)))",
                remedy: "correct \(option) in storage.url (MONGODB_URL), or let user \(geteuid()) read the file")
        }
    }
}
