import Glibc

/// The text of a file of this repository, for tests of documents and examples.
/// - Parameter path: from the repository's root: `config.yaml`.
public func repositoryFile(_ path: String) throws -> String {
    struct Unreadable: Error { let path: String }
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    guard let file = fopen("\(root)/\(path)", "r") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
