import Kernel

/// Deletes a dataset from the input directory.
struct DeleteDatasetAction: Action {
    let visit: Visit

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        let name = visit.request.parameters["name"] ?? ""
        let reply = try await visit.send(.delete, "/importable-datasets/\(PercentEncoding.encode(name))")
        let back = visit.place
        if reply.isDone { return .done(back.page("datasets", query: Notice.deleted.item())) }
        // It was sent twice, or somebody else was faster: it is gone, as was wanted.
        if reply.code == "datasets.not-found" { return .done(back.page("datasets", query: Notice.already.item())) }
        var view = DeleteDatasetView(visit)
        view.problem = reply.message
        return .again(view.page(permissions), reply.status)
    }
}
