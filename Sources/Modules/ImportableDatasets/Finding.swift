/// What has been found out about a `*.tar` entry of a folder.
enum Finding: Equatable {
    /// A whole tar; it is listed if it has metadata.
    case tar(TarContents)
    /// Perhaps still being written: not to be listed yet.
    case settling
    /// Not to be listed, and why: for a warning.
    case skipped(String)

    /// What is shown of it; nil if it is not listed.
    var listed: TarContents? {
        if case .tar(let contents) = self, contents.hasMetadata { contents } else { nil }
    }
}

/// A finding and for how long it holds. Instants are seconds of the monotonic clock.
struct Inspection {
    let finding: Finding
    /// Of the file that was looked at; nil if there was none.
    let identity: FileIdentity?
    /// Until when the finding holds while the identity stays the same.
    var expires = Double.infinity
    /// Whether a part of the file may be yet to be written, for all that it looks like a whole tar.
    var isDoubtful = false
    /// Since when the file has been seen with this identity.
    var since = Double.monotonicSeconds

    /// Whether it still holds for a file of this identity.
    @inline(__always)
    func holds(for identity: FileIdentity, at now: Double) -> Bool {
        self.identity == identity && now < expires
    }

    /// A finding that is not to be relied on at the next look.
    static func fleeting(_ reason: String, _ identity: FileIdentity? = nil) -> Inspection {
        Inspection(finding: .skipped(reason), identity: identity, expires: 0)
    }
}
