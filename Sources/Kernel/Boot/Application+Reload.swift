import Synchronization

/// What a running service does with another reading of its configuration.
extension Application {
    /// Puts in force what another reading of the configuration says, as far as its keys are reloadable. Tells each key
    /// that changed, in the log: whether its new value is in force, or needs a restart. What needs one is told again by
    /// each later reload, until it has had it. It blocks for as long as the event loops take to notice.
    /// - Parameter other: assembled from the new reading, and good for nothing else.
    /// - Returns: all changes.
    @discardableResult
    public func reload(_ other: Assembly) -> [ConfigurationChange] {
        let changes = state.withLock { state in
            let changes = ConfigurationChange.all(from: state.keys, to: other.keys)
            for change in changes where change.isReloadable {
                if let index = state.keys.firstIndex(where: { $0.path == change.path }) {
                    state.keys[index] = change.key
                }
            }
            state.lifecycle = state.lifecycle.reloading(other.lifecycle)
            return changes
        }
        let changed = changes.filter(\.isReloadable).map(\.path)
        if changed.contains(where: { $0.hasPrefix("http.limits.") || $0.hasPrefix("http.deadlines.") }) {
            server.apply(other.server)
            state.withLock(\.control)?.apply(other.server.forOperator)
        }
        if changed.contains("http.trustedOrigins") { origins.replace(by: other.origins) }
        if changed.contains("http.trustedProxies") { proxies.replace(by: other.proxies) }
        if changed.contains("logging.access") { accessLevel.replace(by: other.logging.access) }
        for (module, reload) in assembly.reloads where changed.contains(where: { $0.hasPrefix("modules.\(module).") }) {
            if let configuration = other.moduleConfigurations[module] { reload(configuration) }
        }
        tell(changes)
        return changes
    }

    private func tell(_ changes: [ConfigurationChange]) {
        for change in changes {
            if change.isReloadable {
                log.info("configuration: \(change), in force now")
            } else {
                log.warning("configuration: \(change), needs a restart")
            }
        }
        let taken = changes.count { $0.isReloadable }
        log.info(
            changes.isEmpty
                ? "configuration read again: nothing has changed"
                : "configuration read again: \(taken) changes in force, \(changes.count - taken) that need a restart")
    }

    /// Tells why another reading of the configuration is not taken over: all its problems, each on a line.
    public func refuseReload(_ failure: BootFailure) {
        for issue in failure.issues {
            log.error("configuration: \(issue)")
        }
        log.error(
            "the configuration is refused for \(failure.issues.count) "
                + "problem\(failure.issues.count == 1 ? "" : "s"); the one before stays in force")
    }
}
