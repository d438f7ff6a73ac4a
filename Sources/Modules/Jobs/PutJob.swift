import Kernel

/// `PUT /jobs/{jobId}`, and `PUT /jobs` with the id in the body.
struct PutJob: Sendable {
    let register: JobRegister
    let form: JobForm

    func respond(to request: Request, _ update: JobUpdate) async throws -> Response {
        let precondition = request.ifMatch.map { expected in
            { @Sendable [form] (job: Document) throws in
                let tag = EntityTag(of: form.served(job.bytes.span) ?? job.bytes)
                if !expected.names(tag) { throw HTTPError.preconditionFailed(tag) }
            }
        }
        guard
            try await register.update(update, for: request, if: precondition)
        else {
            throw HTTPError(.notFound, code: "jobs.not-found", message: "Could not find job with id \(update.jobID)")
        }
        return Response(body: .fixed(#"{"message":"OK"}"#))
    }
}

/// `GET /jobs/{jobId}`
struct GetJob: Sendable {
    let register: JobRegister
    let form: JobForm

    func respond(to id: String) async throws -> Response {
        try await DocumentList(in: register.store).response(shown(try await register.job(id), id))
    }

    /// - Returns: nil if it takes a wait.
    func respondAtOnce(to id: String) throws -> Response? {
        guard let job = try register.jobAtOnce(id) else { return nil }
        if let job, DocumentList.isLarge(job.bytes) { return nil }
        return try DocumentList(in: register.store).responseAtOnce(shown(job, id))
    }

    private func shown(_ job: Document?, _ id: String) throws(HTTPError) -> [UInt8] {
        guard let job else {
            throw HTTPError(.notFound, code: "jobs.not-found", message: "No job found for jobId: \(id)")
        }
        return form.served(job.bytes.span) ?? job.bytes
    }
}
