import Kernel

/// Makes the default input directory, and runs the threads that look at it.
struct InputDirectoryService: Service {
    let directory: InputDirectory
    let makesDirectory: Bool
    let workers: [WorkerThread]
    let log: Logger

    var name: String { "input directory" }

    func start() async throws {
        for worker in workers { try worker.start() }
        guard makesDirectory, let worker = workers.last else { return }
        do {
            try await worker.run { try directory.make() }
        } catch let problem as InputDirectory.Unavailable {
            // The service is of use without it, and readiness says that it is missing.
            log.warning("\(problem)")
        }
    }

    func stop() async {
        for worker in workers { worker.stop() }
    }
}
