import Kernel

/// `GET /importable-datasets`
struct ListDatasets: Sendable {
    let listing: SharedListing

    func respond(to request: Request) async throws -> Response {
        do {
            return Response(body: .bytes(try await listing.bytes()))
        } catch {
            throw HTTPError.inputDirectory(error)
        }
    }
}

/// `DELETE /importable-datasets/{name}`
struct DeleteDataset: Sendable {
    let directory: InputDirectory
    let worker: WorkerThread
    let observers: DatasetObservers
    let log: Logger

    /// The name that the path has.
    static let name = Input.path("name") { name in
        if let dataset = DatasetName(name) { return dataset }
        let message =
            "\(name.excerpt) is no name of a dataset; it must match \(DatasetName.expression) and have "
            + "at most \(DatasetName.maximumLength) characters"
        throw HTTPError(
            .badRequest, code: "datasets.name-invalid", message: message, problems: [FieldProblem("name", message)])
    }

    func respond(to request: Request, _ dataset: DatasetName) async throws -> Deletion {
        let isDeleted: Bool
        do {
            isDeleted = try await worker.run { [directory] in try directory.delete(dataset) }
        } catch {
            throw HTTPError.inputDirectory(error)
        }
        guard isDeleted else {
            throw HTTPError(
                .notFound, code: "datasets.not-found", message: "There is no importable dataset \(dataset.text)")
        }
        log.with(request).info("deleted \(dataset.fileName)")
        await observers.notify(dataset.text, by: request)
        return Deletion(message: "OK, \(dataset.text) deleted")
    }
}

extension HTTPError {
    /// What the client gets where the input directory cannot be used: that it may try again. The log has why.
    fileprivate static func inputDirectory(_ error: any Error) -> any Error {
        guard error is InputDirectory.Unavailable || error is WorkerThread.Busy else { return error }
        var answer = HTTPError(
            .serviceUnavailable, code: "datasets.directory-unavailable",
            message: "The input directory cannot be used now; try again", retryAfter: 5)
        answer.reason = error.words
        return answer
    }
}
