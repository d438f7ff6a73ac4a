import Kernel

/// `PUT /jobs/{jobId}`, and `PUT /jobs` with the id in the body.
struct PutJob: Sendable {
    let register: JobRegister

    func respond(to request: Request) async throws -> Response {
        let update = try JobUpdate(request)
        let id = try id(in: request, update)
        guard try await register.update(id, update) else {
            throw HTTPError(.notFound, code: "jobs.not-found", message: "Could not find job with id \(id)")
        }
        return Response(body: .fixed(#"{"message":"OK"}"#))
    }

    private func id(in request: Request, _ update: JobUpdate) throws(HTTPError) -> String {
        switch (request.parameters["jobId"], update.jobID) {
        case (nil, nil):
            throw .invalidBody([FieldProblem("jobId", "Missing jobId")])
        case (nil, let id?), (let id?, nil):
            return id
        case (let id?, let other?):
            guard id == other else {
                let message = "jobId is \(other.excerpt), but the path says \(id.excerpt)"
                throw .invalidBody([FieldProblem("jobId", message)])
            }
            return id
        }
    }
}

/// `GET /jobs/{jobId}`
struct GetJob: Sendable {
    let register: JobRegister
    let form: JobForm

    func respond(to request: Request) async throws -> Response {
        let id = request.parameters["jobId"] ?? ""
        guard let job = try await register.job(id) else {
            throw HTTPError(.notFound, code: "jobs.not-found", message: "No job found for jobId: \(id)")
        }
        return Response(body: .bytes(form.served(job.bytes.span) ?? job.bytes))
    }
}
