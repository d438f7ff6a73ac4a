import Kernel

/// Where the database is, as `storage.url` says.
package enum SQLiteLocation: Sendable, Hashable {
    case file(String)
    /// A file in a temporary folder, gone when the store closes: what `sqlite::memory:` means here, so that it
    /// behaves like any other database.
    case temporary

    /// Reads `sqlite:/abs/path.db`, `sqlite:./rel.db`, `sqlite:rel.db`, `sqlite:///abs/path.db`, `sqlite::memory:`.
    /// - Parameter example: a file's name for what is said of a folder.
    package init(_ url: StorageURL, example: String) throws(SQLiteURLError) {
        var path = url.rest
        if path == ":memory:" {
            self = .temporary
            return
        }
        if path.hasPrefix("//") {
            guard path.hasPrefix("///") else {
                throw SQLiteURLError(
                    what: "'\(url.text)' names a host, which SQLite has not",
                    remedy: "write sqlite:/absolute/path.db or sqlite:relative.db")
            }
            path.removeFirst(2)
        }
        if path.isEmpty || path.utf8.contains(0) {
            throw SQLiteURLError(what: "'\(url.text)' names no file", remedy: "write sqlite:/absolute/path.db")
        }
        if path.hasSuffix("/") || path == "." || path == ".." || path.hasSuffix("/.") || path.hasSuffix("/..") {
            throw SQLiteURLError(
                what: "'\(url.text)' names a folder", remedy: "add the file's name: \(url.text)/\(example)")
        }
        if path.hasPrefix("~") {
            throw SQLiteURLError(
                what: "'~' is not expanded in '\(url.text)'", remedy: "write the whole path, or ./~… for such a name")
        }
        if path.contains("?") {
            throw SQLiteURLError(
                what: "'\(url.text)' has options behind a '?'",
                remedy: "leave them out; what can be set is in storage.sqlite")
        }
        self = .file(path)
    }
}

package struct SQLiteURLError: Error, Sendable, Hashable {
    let what: String
    let remedy: String
}
