import Kernel

/// Where a job is in its life.
public enum JobStatus: String, Vocabulary {
    case queued, initiated, validating, decrypting, transforming, pseudonymizing, enriching, converting, partitioning
    case built, importing, completed, failed

    /// Whether the job has come to its end, and can change no more.
    public var isFinal: Bool { self == .completed || self == .failed }
}

/// What a job does.
public enum JobOperation: String, Vocabulary {
    case bump = "BUMP"
    case add = "ADD"
    case change = "CHANGE"
    case patchMetadata = "PATCH_METADATA"
    case setStatus = "SET_STATUS"
    case deleteDraft = "DELETE_DRAFT"
    case remove = "REMOVE"
    case rollbackRemove = "ROLLBACK_REMOVE"
    case deleteArchive = "DELETE_ARCHIVE"
}

/// What becomes of a dataset with the next version of the datastore.
public enum ReleaseStatus: String, Vocabulary {
    case draft = "DRAFT"
    case pendingRelease = "PENDING_RELEASE"
    case pendingDelete = "PENDING_DELETE"
}

extension Vocabulary {
    static var names: [String] { allCases.map(\.rawValue) }
}
