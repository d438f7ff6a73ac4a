import Kernel

/// A server's reply to one command.
struct ServerReply: Sendable {
    let bytes: [UInt8]

    static let empty = ServerReply(bytes: BSONDocument().bytes)

    /// Reads the reply; nothing borrowed from it may leave `body`.
    func read<R>(_ body: (BSONReader) throws -> R) throws -> R {
        try bytes.withUnsafeBytes { try body(BSONReader($0)) }
    }

    func integer(_ name: String) throws -> Int? {
        try read { try $0[name]?.integer.flatMap { Int(exactly: $0) } }
    }

    /// The documents in the first batch of a cursor.
    var documents: [BSONDocument] {
        get throws {
            try read { reply in
                var documents: [BSONDocument] = []
                try reply["cursor"]?.document?["firstBatch"]?.document?.forEach { element in
                    documents.append(try BSONDocument(checking: Array(element.value)))
                    return true
                }
                return documents
            }
        }
    }

    var errorLabels: Set<String> {
        get throws {
            try read { reply in
                var labels: Set<String> = []
                try reply["errorLabels"]?.document?.forEach { label in
                    if let label = label.string { labels.insert(label) }
                    return true
                }
                return labels
            }
        }
    }

    var hasWriteConcernError: Bool {
        get throws { try read { try $0["writeConcernError"] != nil || $0["writeConcernErrors"] != nil } }
    }

    /// The first field of `keyPattern`, in the reply itself or in the first of its `writeErrors`.
    var keyPatternField: String? {
        get throws {
            try read { reply in
                var holder = reply
                if let first = try Self.firstWriteError(reply) { holder = first }
                var field: String?
                try holder["keyPattern"]?.document?.forEach { element in
                    field = String(decoding: element.name, as: UTF8.self)
                    return false
                }
                return field
            }
        }
    }

    /// What the first of the `writeErrors` says.
    var writeError: (code: Int, message: String)? {
        get throws {
            try read { reply in
                try Self.firstWriteError(reply).map { error in
                    (Int(try error["code"]?.integer ?? 0), try error["errmsg"]?.string ?? "write error")
                }
            }
        }
    }

    private static func firstWriteError(_ reply: BSONReader) throws -> BSONReader? {
        var first: BSONReader?
        try reply["writeErrors"]?.document?.forEach { error in
            first = try error.document
            return false
        }
        return first
    }
}
