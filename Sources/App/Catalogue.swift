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
import StorageSQLite
#endif

/// What this build of the program has linked in. The order decides ties of the modules' order.
enum Catalogue {
    static let version = "0.1.0"
    /// When this version was made, for the manual page.
    static let releaseDate = "2026-11-24"

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
            version: version, commit: Build.commit, modules: modules, drivers: drivers, configuration: configuration,
            socket: socket, log: log)
    }
}
