import Glibc
import Kernel

extension Opening {
    /// What an operator is told of an error that ends the start.
    func issue(_ error: MongoDBError) -> BootIssue {
        let user = uri.user.map { "the user '\($0)'" } ?? "a client without a user"
        if error.isAuthenticationFailure {
            return BootIssue(
                .configuration,
                "MongoDB at \(uri.hosts) does not accept \(user) for the database '\(uri.database)': authentication failed",
                remedy:
                    "look at MONGODB_USER and MONGODB_PASSWORD, and at authSource (the database that knows the user)")
        }
        if error.isMissingRight {
            return BootIssue(
                .configuration,
                "\(user) lacks the right to '\(error.command ?? "work")' on the database '\(uri.database)' at "
                    + "\(uri.hosts): \(error.message)",
                remedy: "grant it the role readWrite: db.grantRolesToUser('\(uri.user ?? "USER")', "
                    + "[{role: 'readWrite', db: '\(uri.database)'}])")
        }
        if error.code == ErrorCode.databaseDiffersInCase {
            return BootIssue(
                .configuration,
                "MongoDB at \(uri.hosts) has a database whose name differs from '\(uri.database)' only in case, and "
                    + "takes no second one: \(error.message)",
                remedy: "write the name of that database into storage.url (MONGODB_URL), and give \(user) the role "
                    + "readWrite there")
        }
        if error.hasNoTransactions {
            return BootIssue(
                .environment, "the MongoDB server at \(uri.hosts) takes no transactions: \(error.message)",
                remedy: "use a replica set, of which one member is enough: rs.initiate()")
        }
        if let failure = error.tlsFailure { return issue(failure) }
        if error.isNetworkFailure {
            let hint =
                uri.tls.isOn
                ? "; if it asks for a certificate of its clients, name one with tlsCertificateKeyFile"
                : "; if it speaks TLS alone, say tls=true"
            let members =
                "; if the members of its replica set have names that are not known here, directConnection=true "
                + "stays with the one that is named"
            return BootIssue(
                .environment, "MongoDB at \(uri.hosts) cannot be reached: \(error.message)",
                remedy: "start the server, or look at the address in storage.url (MONGODB_URL)\(hint)\(members); "
                    + "storage.mongodb.bootWait says how long it is waited for")
        }
        return BootIssue(
            .environment, "MongoDB at \(uri.hosts), database '\(uri.database)': \(error)",
            remedy: "look at the server's log")
    }

    private func issue(_ failure: TLSFailure) -> BootIssue {
        let reason = failure.reason
        switch failure {
        case .files:
            let files = uri.tls.files.map { "\($0.option)=\($0.path)" }.joined(separator: ", ")
            return BootIssue(
                .configuration, "the TLS files of storage.url cannot be used: \(LibMongoC.lastProblem ?? reason)",
                remedy: "correct \(files), which must be PEM files; tlsCertificateKeyFile holds a certificate and its "
                    + "key, and tlsCertificateKeyFilePassword what that is locked with")
        case .certificate:
            let remedy =
                if reason.contains("expired") || reason.contains("not yet valid") {
                    "renew the certificate of the server, and look at the clocks"
                } else if reason.contains("mismatch") {
                    "write the server into storage.url (MONGODB_URL) by a name that its certificate has"
                } else {
                    "name the certificate authority of the server with tlsCAFile in storage.url (MONGODB_URL)"
                }
            return BootIssue(
                .environment, "the certificate of MongoDB at \(uri.hosts) is not accepted: \(reason)", remedy: remedy)
        case .handshake:
            return BootIssue(
                .environment, "no TLS connection to MongoDB at \(uri.hosts) can be made: \(reason)",
                remedy:
                    "look whether the server speaks TLS, or remove tls=true from storage.url (MONGODB_URL); if it asks "
                    + "for a certificate of its clients, name one that it trusts with tlsCertificateKeyFile")
        }
    }
}
