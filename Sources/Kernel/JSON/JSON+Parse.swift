/// Why a text is not acceptable JSON, and where.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String
    /// Counted from 1; the column in bytes.
    public let line: Int
    public let column: Int

    public var description: String { "\(message) at line \(line), column \(column)" }
}

extension JSON {
    /// Parses a whole text strictly by RFC 8259, and further: a name twice in one object, a lone surrogate escape,
    /// invalid UTF-8 and a number beyond the range of a double are errors.
    /// - Parameters:
    ///   - bytes: the text, in UTF-8.
    ///   - maximumDepth: how deep arrays and objects may be nested.
    ///   - maximumValues: how many values there may be in all.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 64, maximumValues: Int = .max) throws(JSONSyntaxError) {
        self = try JSON(parsing: bytes.span, maximumDepth: maximumDepth, maximumValues: maximumValues)
    }

    public init(parsing bytes: Span<UInt8>, maximumDepth: Int = 64, maximumValues: Int = .max)
        throws(JSONSyntaxError)
    {
        // The parser reads through a borrowed pointer, which is valid for as long as `bytes` is: this call.
        let result = bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer, maximumDepth: maximumDepth, maximumValues: maximumValues)
            do throws(JSONSyntaxError) {
                return Result<JSON, JSONSyntaxError>.success(try parser.parseDocument())
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }
}
