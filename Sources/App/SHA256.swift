import COpenSSL

/// The SHA-256 checksum of lines of text that come one by one (OpenSSL's EVP_DigestUpdate).
final class SHA256 {
    private let context: OpaquePointer

    /// nil if OpenSSL does not offer it.
    init?() {
        guard let context = EVP_MD_CTX_new() else { return nil }
        self.context = context
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { return nil }
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds a line, and the newline behind it.
    func add(line: [UInt8]) {
        EVP_DigestUpdate(context, line, line.count)
        EVP_DigestUpdate(context, "\n", 1)
    }

    /// Ends the text.
    /// - Returns: 64 hexadecimal digits.
    func finish() -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &bytes, nil)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
