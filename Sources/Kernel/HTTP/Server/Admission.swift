/// Whether a request is to be answered at all, found out from its head alone.
public enum Admission: Sendable {
    /// It is, once its body is there: with what was found out of it.
    case admitted(Request)
    /// It is not; its body need not be read.
    case refused(Response)
}
