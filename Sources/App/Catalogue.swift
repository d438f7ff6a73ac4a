import ImportableDatasets
import Jobs
import Kernel
import StorageSQLite

/// What this build of the program has linked in. The order decides ties of the modules' order.
enum Catalogue {
    static let version = "0.1.0"

    static var modules: [any Module.Type] { [JobsModule.self, ImportableDatasetsModule.self] }

    static var drivers: [any StorageDriver.Type] { [SQLiteDriver.self] }

    /// Puts the service together from its configuration.
    static func assemble(_ configuration: Configuration, log: Logger) throws(BootFailure) -> Assembly {
        try Assembly(
            version: version, modules: modules, drivers: drivers, configuration: configuration, log: log)
    }
}
