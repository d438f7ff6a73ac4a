extension Configuration {
    /// Adds a problem for every key that nothing has declared, in the overlays of other stacks too, and for every
    /// variable that nothing has declared though it was meant for this service, and answers all problems. Call it once every part has read its section.
    public func finish() -> [BootIssue] {
        checkKeys()
        for name in environment.candidates { checkVariable(name) }
        return problems
    }

    /// Adds a problem for every key that nothing has declared.
    func checkKeys() {
        for member in file.members {
            if member.key.isExactly("stacks") { checkOverlays(member) } else { check(member, in: "", of: "") }
        }
    }

    private func checkOverlays(_ stacks: ConfigurationTree.Member) {
        checkIsSection(stacks.value, "stacks")
        for stack in stacks.value.members {
            checkIsSection(stack.value, "stacks.\(stack.key)")
            for member in stack.value.members { check(member, in: "", of: "stacks.\(stack.key).") }
        }
    }

    /// - Parameters:
    ///   - section: the dotted path that the member stands in, as the code knows it.
    ///   - prefix: what precedes that path in the file.
    private func check(_ member: ConfigurationTree.Member, in section: String, of prefix: String) {
        let path = section.isEmpty ? member.key : "\(section).\(member.key)"
        if unchecked.contains(ExactText(path)) { return }
        if sections.contains(where: { $0.path.isExactly(path) }) {
            checkIsSection(member.value, prefix + path)
            for inner in member.value.members { check(inner, in: path, of: prefix) }
        } else if !isDeclared(path) {
            report(
                BootIssue(
                    .configuration, "unknown key '\(prefix + path)'", origin: member.origin.description,
                    remedy: remedy(for: path, in: section, of: prefix)))
        } else if path == "service.stack" && !prefix.isEmpty {
            report(
                BootIssue(
                    .configuration, "\(prefix + path): an overlay cannot choose the stack",
                    origin: member.origin.description,
                    remedy: "remove it; set STACK, or service.stack at the top level"))
        }
    }

    private func checkIsSection(_ value: ConfigurationTree, _ path: String) {
        switch value.content {
        case .mapping, .null: return
        case .scalar, .list:
            report(
                BootIssue(
                    .configuration, "\(path): must be a section, not \(value.kind)", origin: value.origin.description,
                    remedy: "write its keys indented below '\(path.split(separator: ".").last ?? ""):'"))
        }
    }

    private func remedy(for path: String, in section: String, of prefix: String) -> String {
        let known = keys.map(\.path) + sections.map(\.path)
        if let nearest = Spelling.nearest(to: path, among: known) { return "did you mean '\(prefix + nearest)'?" }
        let start = section.isEmpty ? "" : section + "."
        let here = known.filter { $0.hasPrefix(start) && !$0.dropFirst(start.count).contains(".") }
            .map { String($0.dropFirst(start.count)) }.sorted()
        return "remove it; known here: \(here.joined(separator: ", "))"
    }

    /// A variable with our prefix and `__` in it can only be meant for us, and so is one that is a slip away from a
    /// real one; whatever else begins like ours is a neighbour's, such as `OUR_SERVICE_URL`, by which clients are told
    /// where this service is.
    private func checkVariable(_ name: String) {
        let known = keys.compactMap(\.variables.first)
        if known.containsExactly(name) { return }
        if unchecked.contains(where: { name.hasPrefix(environment.name(for: $0.text) + "__") }) { return }
        let slip = Spelling.slip(name, among: known)
        let isOurs = name.hasPrefix(environment.prefix) && name.contains("__")
        guard slip != nil || isOurs else { return }
        let remedy = (slip ?? Spelling.nearest(to: name, among: known)).map { "did you mean \($0)?" }
        report(
            BootIssue(
                .configuration, "unknown environment variable \(name)",
                origin: ConfigurationOrigin.variable(name).description,
                remedy: remedy ?? "unset it"))
    }
}
