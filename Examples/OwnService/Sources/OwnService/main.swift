import Entries
import Host
import Kernel
import StorageSQLite

Program(
    Product(name: "own-service", summary: "A guest book"),
    modules: [EntriesModule.self], drivers: [SQLiteDriver.self]
).run()
