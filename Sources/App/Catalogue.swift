import Authentication
import Datastores
import ImportableDatasets
import Jobs
import Kernel
import Maintenance
import Targets

#if MongoDB
import StorageMongoDB
#endif
#if SQLite
import PythonService
import StorageSQLite
#endif

/// What this build of the program has linked in. The order decides ties of the modules' order.
enum Catalogue {
    static let product = Product(
        name: "job-service", summary: "The register of a data platform's jobs", version: "0.1.0",
        releaseDate: "2026-11-24", environmentPrefix: "JOB_SERVICE", databaseName: "jobdb",
        words: Product.Words(
            task: "keeps the register of jobs of a data platform", item: "job", use: "post jobs",
            manual: [
                "Administrators queue jobs (import a dataset, change it, release a new version of the datastore), an "
                    + "executor polls and works them off, deployers pause the platform before upgrades. Documents are "
                    + "kept in SQLite or in MongoDB, as storage.url says."
            ]))

    static var modules: [any Module.Type] {
        [
            JobsModule.self,
            TargetsModule.self,
            DatastoresModule.self,
            ImportableDatasetsModule.self,
            MaintenanceModule.self,
            AuthenticationModule.self,
        ]
    }

    /// The traits of the package decide which of them this build has.
    static var drivers: [any StorageDriver.Type] {
        var drivers: [any StorageDriver.Type] = []
        #if SQLite
        drivers.append(SQLiteDriver.self)
        #endif
        #if MongoDB
        drivers.append(MongoDBDriver.self)
        #endif
        return drivers
    }

    /// What `copy` reads, beside the storage engines.
    static var sources: [any StorageDriver.Type] {
        #if SQLite
        drivers + [PythonServiceDriver.self]
        #else
        drivers
        #endif
    }

    /// What linked libraries need before anything else.
    static func prepareProcess() {
        #if MongoDB
        MongoDBDriver.prepareProcess()
        #endif
    }

    /// Puts the service together from its configuration.
    /// - Parameter drivers: which of them `storage.url` may name; by default those of a service.
    static func assemble(
        _ configuration: Configuration, drivers: [any StorageDriver.Type] = drivers, socket: InheritedSocket? = nil,
        log: Logger
    ) throws(BootFailure) -> Assembly {
        try Assembly(
            modules: modules, drivers: drivers, commit: Build.commit, configuration: configuration, socket: socket,
            log: log)
    }
}
