import Authentication
import CBuild
import Console
import Datastores
import Events
import ImportableDatasets
import JobDispatch
import Jobs
import Kernel
import Maintenance
import Targets
import Telemetry

#if MongoDB
import StorageMongoDB
#endif
#if SQLite
import PythonService
import StorageSQLite
#endif

/// The job service: what it is called, and what this build of it has linked in.
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
            EventsModule.self,
            DispatchModule.self,
            ConsoleModule.self,
            TelemetryModule.self,
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
    private static var copySources: [CopySource] {
        #if SQLite
        [
            CopySource(
                PythonServiceDriver.self,
                description: "--from python-sqlite:FILE takes over the SQLite database of the Python service's later "
                    + "editions: jobs with their logs, targets and the maintenance history. Nothing is written to it or "
                    + "beside it.",
                exampleURL: "python-sqlite:/data/jobs.db", explanation: "take over the Python service's database")
        ]
        #else
        []
        #endif
    }

    static var program: Program {
        let commit = String(cString: cbuild_commit())
        return Program(
            product, modules: modules, drivers: drivers, copySources: copySources,
            commit: commit.isEmpty ? nil : commit)
    }
}
