/// Which of the linked modules run, and in which order: each behind those that it requires and before those that it
/// extends, ties in the order in which App lists them.
struct ModuleGraph {
    let manifests: [Manifest]
    let enabled: Set<String>

    /// Modules that call themselves the same, which nothing could tell apart.
    static func sharedIDs(in manifests: [Manifest]) -> [BootIssue] {
        manifests.indices.compactMap { index in
            let manifest = manifests[index]
            guard let other = manifests[..<index].first(where: { $0.id == manifest.id }) else { return nil }
            return BootIssue(
                .configuration,
                "two modules are called '\(manifest.id)': '\(other.summary)' and '\(manifest.summary)'",
                remedy: "give one of them another id, or leave it out of the program")
        }
    }

    /// Indexes of the enabled manifests in the order of their registration.
    /// - Throws: `BootFailure` with every requirement that is not met, or every module on a cycle.
    func order() throws(BootFailure) -> [Int] {
        let unmet = manifests.filter { enabled.contains($0.id) }.flatMap(unmetRequirements)
        guard unmet.isEmpty else { throw BootFailure(unmet) }
        var order: [Int] = []
        var settled: Set<String> = []
        for manifest in manifests where enabled.contains(manifest.id) {
            try visit(manifest, path: [], &settled, &order)
        }
        return order
    }

    private func unmetRequirements(of manifest: Manifest) -> [BootIssue] {
        (manifest.requires + manifest.extends).filter { !enabled.contains($0) }.map { required in
            let known = manifests.contains { $0.id == required }
            return BootIssue(
                .configuration,
                "module '\(manifest.id)' requires module '\(required)', which is "
                    + (known ? "disabled" : "not linked into this program"),
                remedy: known
                    ? "set modules.\(required).enabled: true, or modules.\(manifest.id).enabled: false"
                    : "set modules.\(manifest.id).enabled: false, or use a build that has '\(required)'")
        }
    }

    private func precedes(_ first: Manifest, _ second: Manifest) -> Bool {
        second.requires.contains(first.id) || (first.extends.contains(second.id) && enabled.contains(first.id))
    }

    private func visit(_ manifest: Manifest, path: [String], _ settled: inout Set<String>, _ order: inout [Int])
        throws(BootFailure)
    {
        if settled.contains(manifest.id) { return }
        if let start = path.firstIndex(of: manifest.id) {
            let cycle = (path[start...] + [manifest.id]).map { "'\($0)'" }.joined(separator: " -> ")
            throw BootFailure([
                BootIssue(
                    .configuration, "modules require each other in a circle: \(cycle)",
                    remedy: "break the circle: let one of them ask for an optional capability instead")
            ])
        }
        for next in manifests where precedes(next, manifest) {
            try visit(next, path: path + [manifest.id], &settled, &order)
        }
        settled.insert(manifest.id)
        if let index = manifests.firstIndex(where: { $0.id == manifest.id }) { order.append(index) }
    }
}
