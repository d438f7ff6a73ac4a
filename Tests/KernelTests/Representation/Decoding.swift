import CZLib
import CZstd
import Testing

/// Takes a coding off a body, as a client would.
func decoded(_ bytes: [UInt8], _ coding: String?) throws -> [UInt8] {
    var output = [UInt8](repeating: 0, count: 64 << 20)
    switch coding {
    case nil: return bytes
    case "gzip":
        var stream = z_stream()
        try #require(inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { inflateEnd(&stream) }
        var input = bytes
        let room = UInt32(output.count)
        let status = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = room
                return inflate(&stream, Z_FINISH)
            }
        }
        try #require(status == Z_STREAM_END && stream.avail_in == 0, "whole, with nothing behind it")
        return Array(output.prefix(Int(stream.total_out)))
    case "zstd":
        let size = unpackedZstd(bytes, into: &output)
        return Array(output.prefix(try #require(size)))
    case let other: throw UnknownCoding(name: other ?? "")
    }
}

private struct UnknownCoding: Error { let name: String }

private func unpackedZstd(_ bytes: [UInt8], into output: inout [UInt8]) -> Int? {
    let size = ZSTD_decompress(&output, output.count, bytes, bytes.count)
    return ZSTD_isError(size) == 0 ? size : nil
}
