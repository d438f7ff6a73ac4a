import Glibc

/// Looks at one entry of a folder: what it is, and what it holds.
struct Inspector {
    /// Seconds until a tar that could not be told within its time is tried again: the machine may have been busy.
    private static let patience = 300.0

    /// The input directory, which links must not leave.
    let root: Descriptor
    let limits: TarLimits
    /// Seconds for which a file must not have changed to be taken for whole where it does not show that it is.
    let settle: Double

    /// Looks at the file `name` of `folder`.
    /// - Parameters:
    ///   - known: what was found before; returned as it is while it holds.
    ///   - now: seconds of the monotonic clock.
    /// - Throws: `SystemError` if the folder does not let its entries be looked at.
    func inspect(
        _ name: UnsafePointer<CChar>, in folder: Descriptor, _ dataset: DatasetName, known: Inspection?, now: Double
    ) throws(SystemError) -> Inspection? {
        let identity: FileIdentity
        let isLink: Bool
        do throws(SystemError) {
            var status = try folder.status(of: name)
            isLink = FileKind(status) == .link
            if isLink, let target = try? folder.status(of: name, followingLinks: true) { status = target }
            identity = FileIdentity(status)
        } catch  where error.code == EACCES {
            throw error
        } catch {
            return .fleeting(error.code == ENOENT ? "it has vanished" : error.description)
        }
        if let known, known.holds(for: identity, at: now) { return nil }
        let reason: String
        switch identity.kind {
        case .regular:
            let look = { self.look(name, in: folder, dataset, isLink: isLink, identity) }
            guard let rest = unrest(of: identity, known, at: now) else { return look() }
            return early(look, identity, known)
                ?? Inspection(finding: .settling, identity: identity, expires: now + rest)
        case .folder: reason = "it is a folder"
        case .link: reason = "it is a link that leads nowhere"
        case .other: reason = "it is no regular file"
        }
        return Inspection(finding: .skipped(reason), identity: identity)
    }

    /// How many seconds are left until a file has been quiet for long enough; nil if it has.
    ///
    /// Its own time of change is believed if it lies far enough in the past. Where it does not, be it that the clock of
    /// a file server is ahead or that the clock was set back, what counts is for how long the file has been seen as it
    /// is.
    private func unrest(of identity: FileIdentity, _ known: Inspection?, at now: Double) -> Double? {
        let seen = known.map { $0.identity == identity ? now - $0.since : 0 } ?? 0
        let quiet = max(identity.age(at: .realTime), seen)
        return quiet < settle ? settle - quiet : nil
    }

    /// What is found of a file that has changed only now, where that can be relied on: it is new here and shows that
    /// every byte of it has been written, or what is wrong with it. Nil where it may be whole in a while: one that was
    /// whole before is being overwritten, one that is not has just grown.
    private func early(_ look: () -> Inspection, _ identity: FileIdentity, _ known: Inspection?) -> Inspection? {
        let before = known.flatMap { known in
            known.identity.map { $0.isSameFile(as: identity) && $0.hasOtherContent(than: identity) } == true
                ? known : nil
        }
        if case .tar? = before?.finding { return nil }
        let found = look()
        switch found.finding {
        case .tar: return found.isDoubtful ? nil : found
        case .skipped, .settling: return before == nil ? found : nil
        }
    }

    private func look(
        _ name: UnsafePointer<CChar>, in folder: Descriptor, _ dataset: DatasetName, isLink: Bool,
        _ expected: FileIdentity
    ) -> Inspection {
        let file: Descriptor
        let identity: FileIdentity
        let lookedAt: timespec
        do throws(SystemError) {
            if isLink {
                let target = try folder.target(ofLink: name)
                guard try isInside(target) else {
                    return Inspection(finding: .skipped("it is a link that leaves the folder"), identity: expected)
                }
                file = try target.reopened()
            } else {
                file = try folder.file(name)
            }
            lookedAt = .realTime
            identity = FileIdentity(try file.status())
        } catch {
            return failed(error, expected)
        }
        guard identity.kind == .regular else { return .fleeting("it is being replaced") }
        do throws(TarFault) {
            let tar = try TarInspection(of: file, size: identity.size, dataset, limits)
            var inspection = settled(.tar(tar.contents), identity, lookedAt)
            inspection.isDoubtful = tar.endsInZeros || !file.isWritten(upTo: identity.size)
            return inspection
        } catch {
            switch error {
            case .unreadable(let error): return failed(error, identity)
            case .malformed(let reason): return settled(.skipped(reason), identity, lookedAt)
            case .tooLong(let reason):
                return Inspection(
                    finding: .skipped(reason), identity: identity,
                    expires: .monotonicSeconds + Self.patience)
            }
        }
    }

    /// Whether what a link leads to lies below the input directory.
    private func isInside(_ target: Descriptor) throws(SystemError) -> Bool {
        let path = try target.realPath()
        var folder = try root.realPath()
        if folder.last != UInt8(ascii: "/") { folder.append(UInt8(ascii: "/")) }
        return path.starts(with: folder)
    }

    /// A missing right stays so until the file changes; other failures pass.
    private func failed(_ error: SystemError, _ identity: FileIdentity) -> Inspection {
        switch error.code {
        case EACCES, EPERM: Inspection(finding: .skipped("it cannot be read: \(error)"), identity: identity)
        case ENOENT: .fleeting("it has vanished")
        case ELOOP: .fleeting("it is being replaced")
        default: .fleeting("it cannot be read: \(error)", identity)
        }
    }

    private func settled(_ finding: Finding, _ identity: FileIdentity, _ lookedAt: timespec) -> Inspection {
        Inspection(finding: finding, identity: identity, expires: identity.isTooFresh(at: lookedAt) ? 0 : .infinity)
    }
}

extension Double {
    /// Seconds of the system's monotonic clock.
    static var monotonicSeconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
