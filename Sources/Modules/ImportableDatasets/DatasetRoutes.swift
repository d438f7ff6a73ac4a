import Kernel

/// `GET /importable-datasets`
struct ListDatasets: Sendable {
    let listing: SharedListing
    let log: Logger

    func respond(to request: Request) async throws -> Response {
        do {
            return Response(body: .bytes(try await listing.bytes()))
        } catch {
            throw log.told(of: error, during: request)
        }
    }
}

/// `DELETE /importable-datasets/{name}`
struct DeleteDataset: Sendable {
    let directory: InputDirectory
    let worker: WorkerThread
    let log: Logger

    func respond(to request: Request) async throws -> Response {
        let name = request.parameters["name"] ?? ""
        guard let dataset = DatasetName(name) else {
            let message =
                "\(name.excerpt) is no name of a dataset; it must match \(DatasetName.expression) and have "
                + "at most \(DatasetName.maximumLength) characters"
            throw HTTPError(
                .badRequest, code: "datasets.name-invalid", message: message, problems: [FieldProblem("name", message)])
        }
        let isDeleted: Bool
        do {
            isDeleted = try await worker.run { [directory] in try directory.delete(dataset) }
        } catch {
            throw log.told(of: error, during: request)
        }
        guard isDeleted else {
            throw HTTPError(
                .notFound, code: "datasets.not-found", message: "There is no importable dataset \(dataset.text)")
        }
        log.with(request).info("deleted \(dataset.fileName)")
        let reply: JSON = ["message": .string("OK, \(dataset.text) deleted")]
        return Response(body: .bytes(reply.bytes))
    }
}

extension Logger {
    /// Logs why the input directory cannot be used, and makes the error that the client gets: that it may try again.
    fileprivate func told(of error: any Error, during request: Request) -> any Error {
        switch error {
        case let problem as InputDirectory.Unavailable:
            with(request).warning("\(problem)")
            return HTTPError.inputDirectoryUnavailable
        case is WorkerThread.Busy:
            return HTTPError.inputDirectoryUnavailable
        default:
            return error
        }
    }
}

extension HTTPError {
    static let inputDirectoryUnavailable = HTTPError(
        .serviceUnavailable, code: "datasets.directory-unavailable",
        message: "The input directory cannot be used now; try again", retryAfter: 5)
}
