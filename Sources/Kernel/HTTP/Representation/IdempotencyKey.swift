extension Request {
    /// The key by which a client repeats a request whose reply it has not got
    /// (draft-ietf-httpapi-idempotency-key-header): a string in quotes (RFC 9651), or the same without them.
    /// - Returns: what is between the quotes; nil if the request has no such field.
    /// - Throws: `HTTPError` 400 if it is none, or there are several.
    public func idempotencyKey() throws(HTTPError) -> String? {
        guard headers.mayHave(.idempotencyKey) else { return nil }
        let values = headers.values(of: "Idempotency-Key")
        guard let value = values.first else { return nil }
        let isQuoted =
            value.utf8.count > 1 && value.utf8.first == UInt8(ascii: "\"") && value.utf8.last == UInt8(ascii: "\"")
        let key = isQuoted ? String(value.dropFirst().dropLast()) : value
        let isPlain = key.utf8.allSatisfy {
            (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard values.count == 1, isPlain, (1...255).contains(key.utf8.count) else {
            throw HTTPError(
                .badRequest, code: "idempotency.key-malformed",
                message:
                    "Idempotency-Key must be given once, with 1 to 255 visible ASCII characters without blanks, \" and "
                    + "\\, best in quotes: \"5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00\"")
        }
        return key
    }
}
