import Glibc
import Kernel

/// A server for tests: one that the tests start themselves, or the one that TEST_MONGODB_URL names.
final class MongoDBServer: Sendable {
    /// Which one it is, for the output.
    let name: String
    /// The URL up to the database, with user and password, and what stands behind it.
    private let start: String
    private let options: String
    /// nil for a server that is not ours.
    private let child: ChildProcess?
    let port: Int
    let pid: pid_t

    /// The server that all tests share which do not harm it.
    static let shared = Result { try MongoDBServer() }

    /// - Parameters:
    ///   - isStandalone: whether it is to call itself standalone.
    ///   - isOwn: whether it must be one that the test may kill.
    init(isStandalone: Bool = false, isOwn: Bool = false) throws {
        if let url = getenv("TEST_MONGODB_URL").map({ String(cString: $0) }), !isOwn, !isStandalone {
            let hosts = url.firstRange(of: "://")?.upperBound ?? url.startIndex
            let path = url[hosts...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
            start = String(url[..<path])
            options = url[path...].firstIndex(of: "?").map { String(url[$0...]) } ?? ""
            (name, child, port, pid) = ("the server of TEST_MONGODB_URL", nil, 0, 0)
        } else {
            let (child, facts) = try MongoDBServer.launch(isStandalone ? ["--standalone"] : [])
            guard let port = facts["port"]?.integer, let pid = facts["pid"]?.integer,
                let user = facts["user"]?.string, let password = facts["password"]?.string
            else { throw TestError("the test server says \(facts.text)") }
            self.child = child
            self.port = port
            self.pid = pid_t(pid)
            name = facts["server"]?.string ?? "unknown"
            start = "mongodb://\(PercentEncoding.encode(user)):\(PercentEncoding.encode(password))@127.0.0.1:\(port)"
            options = "?authSource=admin&directConnection=true"
        }
        print("MongoDB tests run against \(name)")
    }

    private static func launch(_ arguments: [String]) throws -> (ChildProcess, JSON) {
        let root = "\(#filePath)".split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        let python = root + "/.venv-test/bin/python"
        guard access(python, X_OK) == 0 else {
            throw TestError(
                "the MongoDB tests need a server: run `make test-deps` once, or set TEST_MONGODB_URL; "
                    + "MONGODB_TESTS=skip leaves them out")
        }
        let child = try ChildProcess(python, [root + "/Tests/mongodb/test-server"] + arguments)
        return (child, try JSON(parsing: try child.readLine()))
    }

    /// The URL of a database of this server.
    /// - Parameter port: that of a proxy in front of it.
    func url(database: String, port: Int? = nil, options more: String = "") -> String {
        var start = start
        if let port, let colon = start.lastIndex(of: ":") { start = start[..<colon] + ":\(port)" }
        return "\(start)/\(database)\(options)\(more.isEmpty ? "" : (options.isEmpty ? "?" : "&") + more)"
    }

    /// Kills it, as a crash or `kill -9` would.
    func kill() {
        Glibc.kill(pid, SIGKILL)
    }

    func end() { child?.end() }
}

extension JSON {
    var integer: Int? {
        if case .integer(let value) = self { Int(value) } else { nil }
    }
}

enum PercentEncoding {
    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
