import Jobs
import Kernel

/// Posts the BUMP whose manifest the form of a release says.
struct ReleaseAction: Action {
    let visit: Visit
    private let fields: FormFields

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        self.fields = fields
    }

    func perform(_ permissions: Permissions) async throws -> Outcome {
        let names = fields.items.filter { $0.name == "in" }.map(\.value)
        guard !names.isEmpty else { return try await again("Choose what is in the version", .badRequest, permissions) }
        do {
            switch try await Posting(visit, job(names), key: fields.word("key")).outcome() {
            case .created(let id): return .done(visit.place.page("jobs", id, query: Notice.created.item()))
            case .refused(let reason): return try await again(reason, .unprocessableContent, permissions)
            }
        } catch let error as HTTPError {
            return try await again(error.message, error.status, permissions)
        }
    }

    private func job(_ names: [String]) -> JSON {
        func text(_ name: String) -> JSON { .string(fields[name] ?? "") }
        let updates = names.map { name -> JSON in
            [
                "name": .string(name), "description": text("description:\(name)"),
                "operation": text("operation:\(name)"),
                "releaseStatus": text("status:\(name)"),
            ]
        }
        let manifest: JSON = [
            "version": text("to"), "description": text("description"), "releaseTime": .integer(releaseTime),
            "languageCode": text("language"), "updateType": fields["updateType"].map(JSON.string) ?? .null,
            "dataStructureUpdates": .array(updates),
        ]
        return [
            "operation": .string(JobOperation.bump.rawValue), "target": "DATASTORE", "description": text("description"),
            "bumpFromVersion": text("from"), "bumpToVersion": text("to"), "bumpManifesto": manifest,
        ]
    }

    /// When the form was made: if it is sent twice that is the same request.
    private var releaseTime: Int64 {
        fields.word("time").flatMap { Int64($0) } ?? Timestamp.now.microseconds / 1_000_000
    }

    private func again(_ problem: String, _ status: Status, _ permissions: Permissions) async throws -> Outcome {
        var view = ReleaseView(visit)
        (view.sent, view.problem) = (fields, problem)
        return .again(try await view.page(permissions), status)
    }
}
