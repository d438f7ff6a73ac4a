// `environ` is a mutable global; it is only read, and changed only before the process has a second thread.
@preconcurrency import Glibc

/// The environment variables that set keys of the configuration: `OUR_SERVICE_MODULES__NOTES__MOST_NOTES` is
/// `modules.notes.mostNotes`.
///
/// A variable's name is made from the key and never the other way round, so a key may be spelled `jwksURL` or
/// `jwksUrl`: both are `…JWKS_URL`.
struct EnvironmentSource: Sendable {
    let variables: [String: String]
    /// `OUR_SERVICE_`
    let prefix: String

    init(variables: [String: String], of product: Product) {
        self.variables = variables
        prefix = product.environmentPrefix + "_"
    }

    /// The variables of this process.
    static var ofThisProcess: [String: String] {
        var variables: [String: String] = [:]
        var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        while let entry = next?.pointee {
            let text = String(cString: entry)
            // Names beyond ASCII are nobody's here, and a dictionary would take some of them for those they look like.
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), text.utf8[..<equals].allSatisfy({ $0 < 0x80 })
            {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next = next?.advanced(by: 1)
        }
        return variables
    }

    /// The name of the variable that sets the key at a dotted path.
    func name(for path: String) -> String {
        prefix + path.split(separator: ".").map(Self.words).joined(separator: "__")
    }

    /// `mostNotes` as `MOST_NOTES`, `jwksURL` as `JWKS_URL`, `jwksURLPath` as `JWKS_URL_PATH`.
    private static func words(_ key: Substring) -> String {
        let characters = Array(key)
        var result = ""
        for (index, character) in characters.enumerated() {
            if index > 0 && character.isUppercase {
                let previous = characters[index - 1]
                let next = index + 1 < characters.count ? characters[index + 1] : nil
                let startsWord =
                    previous.isLowercase || previous.isNumber || (previous.isUppercase && next?.isLowercase == true)
                if startsWord { result += "_" }
            }
            result += character == "-" ? "_" : character.uppercased()
        }
        return result
    }

    /// The variables that may have been meant for this service, in the order of their names: those that begin like
    /// ours, in whatever letter case, perhaps with a slip, but for those that tell of Kubernetes' Services.
    var candidates: [String] {
        let links = ServiceLinks(variables: variables)
        return variables.keys.filter { Spelling.begins($0, like: prefix) && !links.contains($0) }.sorted()
    }
}
