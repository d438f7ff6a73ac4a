extension Configuration {
    /// A value as its source has it, with `${…}` expanded.
    /// - Parameters:
    ///   - variables: the README's names for the key.
    ///   - mayBeSecret: whether the secrets file is asked too.
    /// - Throws: `BootIssue` if a source has the key but no usable value for it.
    func value(at path: String, variables: [String], mayBeSecret: Bool) throws(BootIssue) -> ConfigurationTree? {
        let name = environment.name(for: path)
        if let text = environment.variables[name] {
            return ConfigurationTree(.scalar(text, .external), .variable(name))
        }
        for variable in variables {
            if let value = try value(of: variable, mayBeSecret: mayBeSecret) { return value }
        }
        guard let written = overlay?.value(at: path) ?? file.value(at: path) else { return nil }
        do throws(VariableExpansion.Failure) {
            return try VariableExpansion(environment: environment.variables).expand(written)
        } catch {
            throw BootIssue(
                .configuration, "\(path): \(error.what)", origin: written.origin.description, remedy: error.remedy)
        }
    }

    /// What one of the README's variables says; set to nothing is the same as unset.
    func value(of variable: String, mayBeSecret: Bool) throws(BootIssue) -> ConfigurationTree? {
        if let text = environment.variables[variable], !text.isEmpty {
            return ConfigurationTree(.scalar(text, .external), .variable(variable))
        }
        guard mayBeSecret, let secrets else { return nil }
        switch secrets.lookup(variable) {
        case .absent: return nil
        case .value(let value): return value
        case .unusable(let issue): throw issue
        }
    }
}
