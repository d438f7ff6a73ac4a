import Glibc

extension String {
    /// Where a byte stands first in the text's UTF-8, counted from its beginning; nil if nowhere (memchr, where a search
    /// in `utf8` goes from index to index).
    public func offset(ofByte byte: UInt8) -> Int? {
        let found = utf8.withContiguousStorageIfAvailable { bytes -> Int? in
            guard let start = bytes.baseAddress, let place = memchr(start, Int32(byte), bytes.count) else { return nil }
            return UnsafeRawPointer(place) - UnsafeRawPointer(start)
        }
        return found ?? utf8.enumerated().first { $0.element == byte }?.offset
    }
}
