import Jobs
import Kernel

/// The datastores of a platform that has several, each with jobs and targets of its own. Newer executors ask for them,
/// and for the datastore of each job; older clients do not know them, so that the module is off by default.
public struct DatastoresModule: Module {
    public static let manifest = Manifest(
        id: "datastores", summary: "The platform's datastores, each with jobs and targets of its own",
        extends: ["jobs"], isEnabledByDefault: false)

    public struct Configuration: ModuleConfiguration {
        let datastores: [Datastore]

        public init(reading section: ConfigurationSection) {
            var earlier: [Datastore] = []
            let datastores = section.objects(
                "list",
                "The datastores, each with `rdn` (its name in paths and jobs), `directory` (where the executor keeps "
                    + "it), `name` (by default the rdn), `description` (by default empty) and `bumpEnabled` (whether "
                    + "BUMP may be posted to it, by default false); the first one has the jobs that name none"
            ) { section in
                let datastore = Datastore(reading: section, beside: earlier)
                earlier.append(datastore)
                return datastore
            }
            if datastores?.isEmpty == true {
                section.problem(
                    "list", "names no datastore",
                    remedy: "list one at least, with its rdn and directory, or set "
                        + "modules.datastores.enabled: false")
            }
            self.datastores = datastores ?? []
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) {
        let datastores = configuration.datastores
        guard let first = datastores.first else { return }
        let partition = JobPartition(
            member: "datastoreRdn", path: "/datastores/{rdn}", first: first.part,
            others: datastores.dropFirst().map(\.part), notFound: { .noDatastore($0, among: datastores) })
        kernel.offer(.jobPartition, partition)

        let datastore = Input.path("rdn") { rdn in
            guard let datastore = datastores.first(where: { $0.rdn.isExactly(rdn) }) else {
                throw partition.notFound(rdn)
            }
            return datastore
        }
        kernel.get("/datastores", .listDatastores) { _ in datastores }
        kernel.get("/datastores/rdns", .listRDNs) { _ in
            Response(datastores.map(\.rdn), as: .array(of: Datastore.rdnSchema))
        }
        kernel.get("/datastores/{rdn}", .getDatastore, datastore) { $1 }
        kernel.get("/datastores/{rdn}/directory", .getDirectory, datastore) { _, datastore in
            Response(datastore.directory, as: Datastore.directorySchema)
        }
    }
}

extension HTTPError {
    fileprivate static func noDatastore(_ rdn: String, among datastores: [Datastore]) -> HTTPError {
        HTTPError(
            .notFound, code: "datastores.not-found",
            message: "No datastore has the rdn \(rdn.excerpt); known are "
                + datastores.map(\.rdn).joined(separator: ", "))
    }
}
