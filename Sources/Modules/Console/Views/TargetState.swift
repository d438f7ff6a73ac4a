import Jobs
import Kernel

/// What `GET /targets` tells of one.
struct TargetState: Sendable {
    let name: String
    let status: String
    let action: [String]
    let updatedAt: String
    let updatedBy: String
    /// The datastore, where there are several.
    let part: String?

    init(_ json: JSON) {
        name = json["name"]?.string ?? ""
        status = json["status"]?.string ?? ""
        action = (json["action"]?.array ?? []).compactMap(\.string)
        updatedAt = json["lastUpdatedAt"]?.string ?? ""
        let user = json["lastUpdatedBy"]
        updatedBy = ["firstName", "lastName"].compactMap { user?[$0]?.string }.joined(separator: " ")
        part = json["datastoreRdn"]?.string
    }

    var isFinal: Bool { JobStatus(rawValue: status)?.isFinal == true }
    var isCompleted: Bool { status == JobStatus.completed.rawValue }

    /// What the next version does with it, if anything.
    var pending: ReleaseStatus? {
        guard isCompleted, let first = action.first else { return nil }
        switch first {
        case JobOperation.setStatus.rawValue: return action.dropFirst().first.flatMap(ReleaseStatus.init)
        case JobOperation.remove.rawValue: return .pendingDelete
        case JobOperation.add.rawValue, JobOperation.change.rawValue, JobOperation.patchMetadata.rawValue: return .draft
        default: return nil
        }
    }
}
