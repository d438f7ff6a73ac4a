import Kernel

// What a job, as it is now, says of targets. The last job that says something of a target decides what is known of it.
extension Job {
    /// When it last changed, as far as it tells. RFC 3339.
    public var lastChangeAt: String? { lastLineAt ?? createdAt }

    /// The datasets that a BUMP has released or removed with its completion.
    public var releases: [DatasetUpdate] {
        guard operation == .bump, status == .completed, bumpToVersion != nil else { return [] }
        return updates.filter { update in
            switch update.releaseStatus {
            case .pendingRelease, .pendingDelete: true
            case .draft, nil: false
            }
        }
    }

    /// The names of the targets that it says something of; none for a job of other origin that lacks what has to be said.
    var targetNames: [String] {
        guard let target, statusName != nil, lastChangeAt != nil else { return [] }
        return [target] + releases.map(\.name).filter { !$0.isExactly(target) }
    }
}
