import Kernel

// Which of two finished jobs came later: the one that entered the register later, but for those that were read back from
// an export, which came before all others.
extension JobCollections {
    /// Those of the ids that belong to jobs which were read back from an export.
    public func imported(among ids: [String], in transaction: any ReadTransaction) throws -> Set<ExactText> {
        var imported: Set<ExactText> = []
        guard !ids.isEmpty else { return imported }
        try transaction.find(in: self.imported, Query(.among(.jobID, ids.map(JSON.string)))) {
            if let id = try Document(position: $0, bytes: $1).json()[JobFields.id] { imported.insert(ExactText(id)) }
            return .next
        }
        return imported
    }

    /// Whether a finished job that came later than another one says something of a target.
    /// - Parameters:
    ///   - place: where the other one is.
    ///   - isImported: whether that was read back from an export.
    ///   - name: of the target.
    ///   - part: the part of the register that the target is in; nil if that is not divided.
    public func hasLater(
        than place: Position, isImported: Bool, of name: String, in part: String?, _ transaction: any ReadTransaction
    ) throws -> Bool {
        for filter: Filter in [.equal(.target, .string(name)), .contains(.manifestNames, .string(name))] {
            var step = Step(last: isImported ? nil : place)
            repeat {
                step = try jobs(isIn(part, filter), of: name, behind: step.last, transaction)
                let imports = try imported(among: step.tellers.map(\.id), in: transaction)
                let isLater = step.tellers.contains { teller in
                    imports.contains(ExactText(teller.id)) ? isImported && teller.position > place : true
                }
                if isLater { return true }
            } while step.count == Self.jobsInStep
        }
        return false
    }

    private static let jobsInStep = 50

    private struct Step {
        var last: Position?
        var count = 0
        /// The jobs that say something of the target.
        var tellers: [(position: Position, id: String)] = []
    }

    private func jobs(
        _ filter: Filter, of name: String, behind place: Position?, _ transaction: any ReadTransaction
    ) throws -> Step {
        var step = Step(last: place)
        try transaction.find(in: completed, Query(filter, after: place, limit: Self.jobsInStep)) { position, document in
            let job = try Job(Document(position: position, bytes: document))
            if job.targetNames.contains(where: { $0.isExactly(name) }) {
                step.tellers.append((position, job.id ?? ""))
            }
            (step.last, step.count) = (position, step.count + 1)
            return .next
        }
        return step
    }
}
