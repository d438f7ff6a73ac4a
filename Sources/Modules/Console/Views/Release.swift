import Jobs
import Kernel

/// What a next version would consist of, as targets and their jobs tell.
struct Release: Sendable {
    struct Update: Sendable {
        let name: String
        let status: ReleaseStatus
        let operation: String
        let description: String
    }

    let updates: [Update]
    /// How many are pending under the names that were asked for, of which no more than `most` are shown.
    let pending: Int
    let from: String
    let to: String
    let kind: String
    /// The datastore itself, if a release of it is under way.
    let blocking: TargetState?

    /// Each costs a look at its target's jobs, and the manifest of a version takes no more rows than a person reads.
    static let most = 200

    private static let datastore = "DATASTORE"
    /// The operations that a manifest names.
    private static let made = [JobOperation.add, .change, .patchMetadata, .remove].map(\.rawValue)

    /// - Parameter wanted: what the names of its datasets have in them; nil for all.
    init(_ targets: [TargetState], named wanted: String?, _ visit: Visit) async throws {
        let pending = targets.filter { target in
            target.name != Self.datastore && target.pending != nil
                && wanted.map { target.name.contains($0.uppercased()) } ?? true
        }.sorted { ($0.pending == .draft ? 1 : 0, $0.name) < ($1.pending == .draft ? 1 : 0, $1.name) }
        self.pending = pending.count
        var updates: [Update] = []
        for target in pending.prefix(Self.most) {
            guard let status = target.pending else { continue }
            let jobs = try await visit.jobs("/targets/\(PercentEncoding.encode(target.name))/jobs")
            let made = jobs.last { job in
                job.status == .completed && job.target == target.name && Self.made.contains(job.operationName ?? "")
            }
            updates.append(
                Update(
                    name: target.name, status: status, operation: made?.operationName ?? JobOperation.add.rawValue,
                    description: made?.parameters?["description"]?.string ?? ""))
        }
        self.updates = updates
        let datastore = targets.first { $0.name == Self.datastore && $0.action.first == JobOperation.bump.rawValue }
        blocking = datastore.flatMap { $0.isFinal ? nil : $0 }
        from = datastore.flatMap { $0.isCompleted ? $0.action.last : $0.action.dropFirst().first } ?? "0.0.0"
        let isMajor = updates.contains { $0.status == .pendingDelete || $0.operation == JobOperation.change.rawValue }
        kind = isMajor ? "MAJOR" : updates.contains { $0.operation == JobOperation.add.rawValue } ? "MINOR" : "PATCH"
        to = Self.next(from, kind)
    }

    /// The version behind one of that kind; the same if it has no numbers.
    private static func next(_ version: String, _ kind: String) -> String {
        var parts = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        let place = kind == "MAJOR" ? 0 : kind == "MINOR" ? 1 : 2
        guard parts.count > place, !parts.contains(nil) else { return version }
        parts[place] = (parts[place] ?? 0) &+ 1
        for later in parts.indices where later > place { parts[later] = 0 }
        return parts.compactMap { $0.map(String.init) }.joined(separator: ".")
    }
}
