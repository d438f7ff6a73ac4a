/// An operation as a line for a shell, in which URL stands for where the service is.
struct CurlLine {
    private let operation: DescribedOperation

    init(_ operation: DescribedOperation) {
        self.operation = operation
    }

    var text: String {
        var words = ["curl"]
        if operation.method != "get" { words.append("-X \(operation.method.uppercased())") }
        words.append("\"$URL\(operation.path.replacing("{", with: "$").replacing("}", with: ""))\"")
        words += credentials
        if let body { words.append("-d \(Self.quoted(body))") }
        return words.joined(separator: " ")
    }

    /// Those that the first role needs, with which the route is for.
    private var credentials: [String] {
        guard let schemes = operation.members["security"]?.array?.first?.object?.members.map(\.name) else { return [] }
        if schemes.contains("authorization") {
            return ["-b \"authorization=$AUTHORIZATION; user-info=$USER_INFO\""]
        }
        return schemes.contains("apiKey") ? ["-H \"X-API-Key: $KEY\""] : []
    }

    private var body: String? {
        operation.members["requestBody"]?["content"]?["application/json"].map { $0["example"]?.text ?? "{}" }
    }

    /// For a shell nothing within single quotes means anything but the quote itself.
    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
