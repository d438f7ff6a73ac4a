extension Error {
    /// What went wrong in words for an operator: what the error says of itself, and never the name of a type.
    public var words: String {
        if self is CancellationError { return "it was given up before it had ended" }
        return String(describing: self)
    }
}
