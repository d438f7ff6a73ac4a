import Glibc

/// Colours and weights of text for a terminal (ECMA-48 SGR); elsewhere text stays as it is.
public struct TextStyle: Sendable {
    public let isOn: Bool

    /// - Parameter fd: where the text goes; NO_COLOR (https://no-color.org) and TERM=dumb are heeded.
    public init(for fd: Int32) {
        isOn =
            isatty(fd) == 1 && Self.variable("NO_COLOR", default: "").isEmpty
            && !["", "dumb"].contains(Self.variable("TERM", default: ""))
    }

    public init(isOn: Bool) {
        self.isOn = isOn
    }

    public static let stdout = TextStyle(for: STDOUT_FILENO)
    public static let stderr = TextStyle(for: STDERR_FILENO)

    public func bold(_ text: String) -> String { wrap(text, "1") }
    public func dim(_ text: String) -> String { wrap(text, "2") }
    public func red(_ text: String) -> String { wrap(text, "31") }
    public func green(_ text: String) -> String { wrap(text, "32") }
    public func yellow(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    static func variable(_ name: String, default value: String = "") -> String {
        getenv(name).map { String(cString: $0) } ?? value
    }
}

extension String {
    /// The text with its control characters escaped, so that what others have written cannot steer a terminal.
    /// - Parameter keepsLines: whether line feeds stay.
    public func printable(keepsLines: Bool = false) -> String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x0a where keepsLines: result.unicodeScalars.append(scalar)
            case ..<0x20, 0x7f...0x9f, 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069:
                result += scalar.escaped(asASCII: true)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
