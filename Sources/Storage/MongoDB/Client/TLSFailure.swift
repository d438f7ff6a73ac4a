import Kernel

/// Why a connection cannot be secured. libmongoc tells it in words alone, among those on the server that it did not
/// find.
enum TLSFailure: Sendable, Hashable {
    /// The server's certificate is not accepted.
    case certificate(String)
    /// A file of the URL's options cannot be used.
    case files(String)
    /// The handshake came to no end.
    case handshake(String)

    /// The library's words.
    var reason: String {
        switch self {
        case .certificate(let reason), .files(let reason), .handshake(let reason): reason
        }
    }
}

extension MongoDBError {
    var tlsFailure: TLSFailure? {
        guard isNetworkFailure, let start = message.firstRange(of: "TLS")?.lowerBound else { return nil }
        if message.contains("initialize TLS") { return .files(message) }
        let reason = String(message[start...].prefix { $0 != "]" })
        return message.contains("certificate verify failed") ? .certificate(reason) : .handshake(reason)
    }
}
