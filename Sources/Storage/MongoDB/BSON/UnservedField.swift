/// The fields of a stored document that are the database's and this driver's, and are never served.
enum UnservedField {
    static let id = "_id"
    /// Marks a document as changed by a note of the journal, while that is there.
    static let note = "_write"
    /// How far the growing array is filled.
    static let growth = "_growth"

    static let all = [id, note, growth]
}
