import Jobs
import Kernel

/// `GET /targets`, of the whole register of jobs or of one part of it.
struct TargetList: Sendable {
    let store: any DocumentStore
    let register: TargetRegister

    func response(in part: String? = nil) async throws -> Response {
        let form = register.form
        let isThere = part.flatMap { part in form.partition.map { Filter.equal($0.field, .string(part)) } }
        let query = Query(isThere ?? .all, order: .field(form.key))
        let documents = DocumentListReader.Part(
            register.collection, query, served: form.served)
        return try await DocumentList(in: store).response([documents])
    }
}
