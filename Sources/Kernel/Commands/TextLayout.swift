/// Breaks text into lines.
public enum TextLayout {
    private static let lineLength = 100

    /// - Parameter indent: of all lines but the first, which also begins there.
    public static func wrap(_ text: String, indent: Int) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > lineLength {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return (lines + [line]).joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    /// Rows with their columns aligned, the last one as long as it is.
    public static func table(_ rows: [[String]]) -> [String] {
        let count = (rows.map(\.count).max() ?? 1) - 1
        let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 2) }.joined()
                + (row.last ?? "")
        }
    }
}
