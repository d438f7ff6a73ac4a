import CMongoC
import Kernel
import KernelTesting
import Testing

@testable import StorageMongoDB

@Suite("MongoDB URLs")
struct ConnectionStringTests {
    private func read(_ url: String, _ settings: MongoDBSettings = MongoDBSettings()) throws -> ConnectionString {
        var settings = settings
        settings.product = .tested
        return try ConnectionString(#require(StorageURL(url)), settings)
    }

    @Test(
        "name a database, or mean jobdb",
        arguments: [
            ("mongodb://localhost", "jobdb"), ("mongodb://localhost:27017/", "jobdb"),
            ("mongodb://localhost/jobDB", "jobDB"), ("mongodb://a,b:27018/x?replicaSet=rs0", "x"),
            ("mongodb+srv://cluster.db.example/x?tls=true", "x"), ("mongodb://u:p%40@h/y?authSource=z", "y"),
        ])
    func databases(_ url: String, _ database: String) throws {
        #expect(try read(url).database == database)
    }

    @Test(
        "are refused with options that are misspelt, or say less than the service promises",
        arguments: [
            ("tlss=true", "did you mean tls?"), ("replicaset=rs0&authsorce=x", "did you mean authSource?"),
            ("w=1", "remove it"), ("journal=false", "remove it"), ("readPreference=secondary", "remove it"),
            ("retryWrites=false", "remove it"), ("tls=yes", "correct it"), ("socketTimeoutMS=5s", "correct it"),
            ("connectTimeoutMS=-1", "correct it"), ("replicaSet=", "write replicaSet=VALUE"), ("foo", "remove it"),
            ("maxPoolSize=5", "remove it"), ("compressors=zlib", "remove it"),
        ])
    func options(_ options: String, _ remedy: String) {
        #expect {
            try read("mongodb://localhost/x?\(options)")
        } throws: { error in
            (error as? ConnectionString.Problem)?.remedy.hasPrefix(remedy) == true
        }
    }

    @Test("may say what the service does anyway", arguments: ["w=majority", "retryWrites=true", "journal=true"])
    func harmless(_ option: String) throws {
        _ = try read("mongodb://localhost/x?\(option)")
    }

    @Test(
        "that cannot be read give no secret away",
        arguments: ["mongodb://u:s3cret@", "mongodb://u:s3c/ret@h/x", "mongodb://u:s3cret@h:port/x", "mongodb://"])
    func secrets(_ url: String) {
        #expect {
            try read(url)
        } throws: { error in
            guard let problem = error as? ConnectionString.Problem else { return false }
            return !"\(problem)".contains("s3c")
        }
    }

    @Test(
        "say where the user is looked for, unless the mechanism asks somebody else",
        arguments: [
            ("", "admin"), ("?authSource=other", "other"), ("?authMechanism=SCRAM-SHA-256", "admin"),
            ("?authMechanism=MONGODB-X509", "$external"), ("?authMechanism=GSSAPI", "$external"),
            // Whom a proxy asks; the library takes the database of the URL.
            ("?authMechanism=PLAIN", "x"),
        ])
    func authSources(_ options: String, _ source: String) throws {
        let uri = try read("mongodb://jobs@localhost/x\(options)")
        let found = uri.withURI { mongoc_uri_get_auth_source($0).map { String(cString: $0) } }
        #expect(found == source)
    }

    @Test("take the user of the configuration, whose password nothing prints")
    func users() throws {
        var settings = MongoDBSettings()
        settings.user = "jobs"
        settings.password = Secret("p@ss/w:rd%")
        let uri = try read("mongodb://localhost/x", settings)
        #expect(uri.user == "jobs" && uri.hosts == "localhost")
        #expect(!"\(settings)".contains("p@ss"))
    }

    @Test(
        "do not show in a problem what may be the rest of a password",
        arguments: ["mongodb://u:p?s3cret@h/x", "mongodb://u:p?s3c=ret@h/x", "mongodb://u:p/?a=b&s3cret@h"])
    func unescaped(_ url: String) throws {
        do {
            _ = try read(url)
            Issue.record("it is not refused")
        } catch let problem as ConnectionString.Problem {
            #expect(!"\(problem.what) \(problem.remedy)".contains("s3c"))
        }
    }

    @Test("may have a question mark in an option")
    func questionMark() throws {
        _ = try read("mongodb://h/x?tls=true&tlsCertificateKeyFilePassword=a?b")
    }

    private func option(_ name: String, of url: String) throws -> Bool? {
        try read(url).withURI { uri in
            mongoc_uri_has_option(uri, name) ? mongoc_uri_get_option_as_bool(uri, name, true) : nil
        }
    }

    @Test("that name one server find the primary of its replica set, unless they say otherwise")
    func discovery() throws {
        #expect(try option("directconnection", of: "mongodb://h/x") == false)
        #expect(try option("directconnection", of: "mongodb://h/x?directConnection=true") == true)
        #expect(try option("directconnection", of: "mongodb://h/x?loadBalanced=true") == nil)
    }

    @Test("are the same for one server alone")
    func alone() throws {
        let set = try read("mongodb://u:p%40@a,b:27018/x?replicaSet=rs0&tls=true&socketTimeoutMS=7000")
        let one = try #require(set.alone("b:27018", socketTimeout: .seconds(60)))
        #expect(one.hosts == "b:27018" && one.user == "u" && one.database == "x" && one.tls.isOn)
        one.withURI { uri in
            #expect(mongoc_uri_get_option_as_int32(uri, "sockettimeoutms", 0) == 60_000)
            #expect(mongoc_uri_get_option_as_bool(uri, "directconnection", false))
            #expect(mongoc_uri_get_replica_set(uri) == nil)
        }
    }
}
