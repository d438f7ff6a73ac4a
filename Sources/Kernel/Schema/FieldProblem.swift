/// One problem of one field of a request, such as `notes[1].text`.
public struct FieldProblem: Sendable, Hashable {
    public let field: String
    public let message: String

    public init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}
