import Kernel

extension FieldPath {
    /// The field's name as MongoDB writes it.
    var dotted: String { steps.map { String($0.name) }.joined(separator: ".") }
}
