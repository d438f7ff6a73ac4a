import Kernel

/// The datasets that lie ready to be imported, as tars in the input directory.
public struct ImportableDatasetsModule: Module {
    public static let manifest = Manifest(
        id: "importableDatasets", summary: "The datasets that lie ready to be imported")

    public struct Configuration: ModuleConfiguration {
        /// Only this one is made at the start: another one that is missing is a mistake in its path, or a mount that
        /// is yet to come.
        static let defaultDirectory = "./data/input"

        let directory: InputDirectory
        let limits: TarLimits
        let settle: Duration
        let maximumFiles: Int

        var isDefaultDirectory: Bool { directory.path == Self.defaultDirectory }

        public init(reading section: ConfigurationSection) {
            let path = section.string(
                "inputDirectory", default: Self.defaultDirectory, variable: "INPUT_DIR",
                "The directory with the datasets' tars, and earlier ones in its folder 'archive'; the default one is "
                    + "made if it is missing")
            if path.isEmpty || path.utf8.contains(0) {
                section.problem("inputDirectory", "names no directory", remedy: "give the path of a directory")
            }
            directory = InputDirectory(path: path)
            let time = section.duration(
                "inspectionLimit", default: .seconds(2), in: .milliseconds(10) ... .seconds(600),
                "How long one tar may be read to tell its entries; beyond it, it is left out, and tried again after "
                    + "five minutes. Plain tars take less than a millisecond; compressed ones must be decompressed")
            limits = TarLimits(seconds: time / .seconds(1))
            settle = section.duration(
                "settle", default: .seconds(2), in: .zero ... .seconds(3600),
                "How long a tar must not have changed to be listed, where it does not show that all of it has been "
                    + "written: an upload may set its size first. 0 lists such tars at once")
            maximumFiles = section.integer(
                "maximumFiles", default: 100_000, in: 1...10_000_000,
                "Tars of the directory, and of its archive, that are listed at most")
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    public func register(in kernel: any Registrar) throws {
        let directory = configuration.directory
        // Two, so that a deletion and the readiness check need not wait for a long look.
        let looks = WorkerThread("datasets-look", limit: 1)
        let files = WorkerThread("datasets-files", limit: 64)
        let listing = SharedListing(
            DatasetListing(
                directory, limits: configuration.limits, settle: configuration.settle / .seconds(1),
                maximumFiles: configuration.maximumFiles, log: kernel.log),
            on: looks, metrics: DatasetMetrics(in: kernel.metrics))
        kernel.service(
            InputDirectoryService(
                directory: directory, makesDirectory: configuration.isDefaultDirectory, workers: [looks, files],
                log: kernel.log))
        kernel.check(
            HealthCheck("input directory") {
                do {
                    try await files.run { try directory.check() }
                } catch let problem as InputDirectory.Unavailable {
                    throw Unhealthy(problem.description)
                }
            })
        let list = ListDatasets(listing: listing)
        kernel.get("/importable-datasets", .listDatasets) { try await list.respond(to: $0) }
        kernel.offer(.skippedDatasets, SkippedDatasets(listing: listing))
        let observers = DatasetObservers()
        kernel.offer(.datasetObservers, observers)
        let delete = DeleteDataset(directory: directory, worker: files, observers: observers, log: kernel.log)
        kernel.delete("/importable-datasets/{name}", .deleteDataset, DeleteDataset.name) {
            try await delete.respond(to: $0, $1)
        }
    }
}
