/// What has been found out about a `*.tar` entry of a folder.
enum Finding: Equatable {
    /// A whole tar; it is listed if it has metadata.
    case tar(TarContents)
    /// Not to be listed, and why: for a warning.
    case skipped(String)

    /// What is shown of it; nil if it is not listed.
    var listed: TarContents? {
        if case .tar(let contents) = self, contents.hasMetadata { contents } else { nil }
    }
}

/// A finding and for how long it holds.
struct Inspection {
    let finding: Finding
    /// Of the file that was looked at; nil if there was none.
    let identity: FileIdentity?
    /// Until when, in seconds of the monotonic clock, the finding holds while the identity stays the same.
    var expires = Double.infinity

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
