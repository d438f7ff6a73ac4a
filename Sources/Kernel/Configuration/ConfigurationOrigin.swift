/// Where a value of the configuration was said, in the words an operator can act on.
public enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    /// Line and column count from 1; the column in characters.
    case file(String, line: Int, column: Int)
    case variable(String)
    /// A member of the secrets file.
    case secretsFile(String, member: String)
    case builtIn

    public var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .variable(let name): "environment variable \(name)"
        case .secretsFile(let path, let member): "\(path), member \(member)"
        case .builtIn: "built-in default"
        }
    }
}
