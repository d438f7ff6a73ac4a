/// How far a backup is.
public enum BackupProgress: Sendable, Hashable {
    /// Bytes of the database that are copied, and how many there are.
    case copying(Int, of: Int)
    /// The copy is complete and is being checked.
    case checking
}
