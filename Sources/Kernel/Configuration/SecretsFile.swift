/// The JSON file that SECRETS_FILE names: an object of secrets by the names of the README's variables
/// (`MONGODB_PASSWORD`, `API_KEYS`), each a string or a list of strings; or of objects, where a key takes those. Members
/// that no key asks for are left alone, since such a file is often shared between services.
struct SecretsFile: CustomReflectable {
    enum Lookup {
        case absent
        case value(ConfigurationTree)
        case unusable(BootIssue)
    }

    let path: String
    private let members: JSONObject

    var customMirror: Mirror { Mirror(self, children: ["path": path]) }

    /// Reads the file; nil with problems if that cannot be done. Nothing of its content gets into them.
    static func read(_ path: String, origin: String?) -> (
        file: SecretsFile?, problems: [BootIssue], warnings: [BootIssue]
    ) {
        let file: ConfigurationFile
        do throws(ConfigurationFile.Failure) {
            file = try ConfigurationFile(reading: path, label: "secrets file")
        } catch {
            return (nil, [BootIssue(.configuration, error.what, origin: origin, remedy: error.remedy)], [])
        }
        var warnings: [BootIssue] = []
        if file.isShared {
            warnings.append(
                BootIssue(
                    .configuration, "secrets file '\(path)' can be read by other users", origin: origin,
                    remedy: "chmod 600 \(path)"))
        }
        do throws(JSONSyntaxError) {
            guard let members = try JSON(parsing: file.bytes.withoutByteOrderMark).object else {
                return (
                    nil,
                    [
                        BootIssue(
                            .configuration, "secrets file '\(path)' is not a JSON object", origin: "\(path):1:1",
                            remedy: #"write it as {"MONGODB_PASSWORD": "…"}"#)
                    ], warnings
                )
            }
            return (SecretsFile(path: path, members: members), [], warnings)
        } catch {
            // The parser's own words may quote a character of a secret.
            let issue = BootIssue(
                .configuration, "secrets file '\(path)' is not valid JSON",
                origin: "\(path):\(error.line):\(error.column)",
                remedy: "correct the JSON at this place")
            return (nil, [issue], warnings)
        }
    }

    /// What the file says for a variable. Null is the same as absent.
    func lookup(_ variable: String) -> Lookup {
        let origin = ConfigurationOrigin.secretsFile(path, member: variable)
        switch members[variable] {
        case nil, .null?: return .absent
        case .string(let text)? where !text.isEmpty: return .value(ConfigurationTree(.scalar(text, .external), origin))
        case .array(let elements)?:
            guard elements.allSatisfy({ $0.object != nil || $0.string?.isEmpty == false }) else { break }
            return .value(ConfigurationTree(.list(elements.map { ConfigurationTree($0, origin) }), origin))
        default: break
        }
        return .unusable(
            BootIssue(
                .configuration,
                "\(variable) in the secrets file must be a string or a list of strings, none of them empty",
                origin: origin.description, remedy: "put the value in double quotes, or remove the member"))
    }
}
