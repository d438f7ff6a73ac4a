import CMongoC
import Kernel

/// Codes of errors that servers answer with (MongoDB's error_codes.yml).
enum ErrorCode {
    static let unauthorized = 13
    static let authenticationFailed = 18
    static let illegalOperation = 20
    static let indexNotFound = 27
    static let namespaceExists = 48
    static let indexOptionsConflict = 85
    static let indexKeySpecsConflict = 86
    static let writeConflict = 112
    static let indexBuildAborted = 276
    static let databaseDiffersInCase = 13_297
    static let duplicateKey = 11_000
}

/// A command that failed, as libmongoc or the server tells it (error API 2).
struct MongoDBError: Error, Sendable, CustomStringConvertible {
    /// Who reports it; `MONGOC_ERROR_SERVER` for what the server answers.
    let domain: UInt32
    let code: Int
    let message: String
    /// What the server or the library says about what may be done (`TransientTransactionError`).
    let labels: Set<String>
    /// For a violated unique index: the first field of the index.
    var duplicateField: String?
    /// Whether the write was applied, but not acknowledged as demanded.
    var isWriteConcernError = false
    /// The name of the command that failed.
    var command: String?

    var description: String { "\(message) (code \(code))" }

    init(_ domain: mongoc_error_domain_t, code: Int, _ message: String, labels: Set<String> = []) {
        self.domain = domain.rawValue
        self.code = code
        self.message = message
        self.labels = labels
    }

    init(sequenceOf collection: String) {
        self.init(MONGOC_ERROR_COMMAND, code: 0, "the sequence of '\(collection)' is not usable")
    }

    /// Another instance has moved sequences meanwhile: the transaction is to be run again.
    init(staleSequencesOf collections: [String]) {
        self.init(
            MONGOC_ERROR_COMMAND, code: 0, "the sequences of \(collections.joined(separator: ", ")) were moved",
            labels: ["TransientTransactionError"])
    }

    /// What the library says when it finds no server in time.
    static let noPrimary = MongoDBError(
        MONGOC_ERROR_SERVER_SELECTION, code: Int(MONGOC_ERROR_SERVER_SELECTION_FAILURE.rawValue),
        "no server that can be written to was found")

    /// - Parameters:
    ///   - reply: the reply that came with the error; empty if none did.
    ///   - command: what was asked.
    init(_ error: bson_error_t, reply: ServerReply, of command: BSONDocument = BSONDocument()) {
        domain = error.domain
        code = Int(error.code)
        message = withUnsafePointer(to: error) { String(cString: cmongoc_message($0)) }
        labels = (try? reply.errorLabels) ?? []
        duplicateField = (try? reply.keyPatternField) ?? fieldInMessage
        isWriteConcernError = (try? reply.hasWriteConcernError) ?? false
        self.command = command.firstName
    }

    /// The first field of the violated index as the message has it. Servers before 4.2, and those that only speak
    /// MongoDB's protocol, say no more: `… index: parameters.target_1 dup key: { : "X" }`.
    var fieldInMessage: String? {
        guard code == ErrorCode.duplicateKey, let start = message.firstRange(of: "index: ")?.upperBound else {
            return nil
        }
        let rest = message[start...]
        let name = rest.prefix { $0 != " " }
        if let key = rest.firstRange(of: "dup key: { ")?.upperBound {
            let field = rest[key...].prefix { $0 != ":" && $0 != " " }
            if !field.isEmpty { return String(field.drop { $0 == "\"" }.prefix { $0 != "\"" }) }
        }
        // The oldest put database and collection before it.
        let index = name.firstRange(of: ".$").map { name[$0.upperBound...] } ?? name
        if index == "_id_" { return "_id" }
        return index.firstRange(of: "_1").map { String(index[..<$0.lowerBound]) }
    }

    private func isFrom(_ domain: mongoc_error_domain_t) -> Bool { self.domain == domain.rawValue }

    /// The transaction was not applied, and may be run again from its start.
    var isTransient: Bool { labels.contains("TransientTransactionError") || isConflict }

    /// Whether the transaction was committed is not known; the commit may be repeated.
    var isUnknownCommit: Bool { labels.contains("UnknownTransactionCommitResult") }

    /// Another transaction has changed the same document (WriteConflict).
    var isConflict: Bool { code == ErrorCode.writeConflict && !isFrom(MONGOC_ERROR_STREAM) }

    var isDuplicateKey: Bool { code == ErrorCode.duplicateKey && duplicateField != nil }

    /// No server could be found in time.
    var isServerGone: Bool { isFrom(MONGOC_ERROR_SERVER_SELECTION) || isUnknownName }

    /// The name of a server, or the records of a `mongodb+srv` name, cannot be looked up now.
    var isUnknownName: Bool {
        isFrom(MONGOC_ERROR_STREAM) && code == Int(MONGOC_ERROR_STREAM_NAME_RESOLUTION.rawValue)
    }

    /// The connection broke, or the server did not answer in time.
    var isNetworkFailure: Bool { isFrom(MONGOC_ERROR_STREAM) || isServerGone }

    /// User, password or mechanism are not accepted (AuthenticationFailed).
    var isAuthenticationFailure: Bool {
        (isFrom(MONGOC_ERROR_CLIENT) && code == Int(MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue))
            || code == ErrorCode.authenticationFailed
            || message.contains("Authentication failed")
    }

    /// The user may not do that (Unauthorized).
    var isMissingRight: Bool { code == ErrorCode.unauthorized && !isFrom(MONGOC_ERROR_STREAM) }

    /// The server has no transactions (IllegalOperation).
    var hasNoTransactions: Bool { code == ErrorCode.illegalOperation && !isFrom(MONGOC_ERROR_STREAM) }

    /// The document has not the shape that a change needs: BadValue, TypeMismatch, PathNotViable, or it would become
    /// too large.
    var isShapeFailure: Bool {
        [2, 14, 28, 10_334, 17_419, 17_420].contains(code) && !isNetworkFailure && !isFrom(MONGOC_ERROR_COMMAND)
    }

    /// Another server has become primary, or this one shuts down (the codes of the retryable errors).
    var isStateChange: Bool {
        [91, 189, 10_107, 11_600, 11_602, 13_435, 13_436, 262, 9_001].contains(code) && !isNetworkFailure
    }

    /// What the layers above are told.
    var storeError: StoreError {
        if isShapeFailure { return .corrupt("a document has not the shape for a change, or is too large: \(self)") }
        return .unavailable(reason: "MongoDB: \(self)", retryAfter: isConflict ? 1 : 2)
    }
}

extension BSONDocument {
    /// The name of the first member; of a command, the command's.
    var firstName: String? {
        var name: String?
        try? bytes.withUnsafeBytes { bytes in
            try BSONReader(bytes).forEach { element in
                name = String(decoding: element.name, as: UTF8.self)
                return false
            }
        }
        return name
    }
}
