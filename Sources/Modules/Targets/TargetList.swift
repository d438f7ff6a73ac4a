import Jobs
import Kernel

/// `GET /targets`, of the whole register of jobs or of one part of it.
struct TargetList: Sendable {
    let store: any DocumentStore
    let register: TargetRegister

    func response(in part: String? = nil) async throws -> Response {
        try await DocumentList(in: store).response(reader(of: part))
    }

    /// - Returns: nil if it takes a wait.
    func responseAtOnce() throws -> Response? { try DocumentList(in: store).responseAtOnce(reader(of: nil)) }

    private func reader(of part: String?) -> DocumentListReader {
        let form = register.form
        let isThere = part.flatMap { part in form.partition.map { Filter.equal($0.field, .string(part)) } }
        let query = Query(isThere ?? .all, order: .field(form.key))
        return DocumentListReader([DocumentListReader.Part(register.collection, query, served: form.served)])
    }
}
