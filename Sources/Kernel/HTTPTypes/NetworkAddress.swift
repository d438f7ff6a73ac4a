import Glibc

/// An IP address. One of version 4 is the same as its form in version 6, `::ffff:192.0.2.1` (RFC 4291 section
/// 2.5.5.2), which sockets report that serve both.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// The first and the last 64 of its 128 bits.
    let high: UInt64
    let low: UInt64

    private static let mappedPrefix: UInt64 = 0xffff << 32

    /// Reads an address as inet_pton(3) does; the zone of `fe80::1%eth0`, which means something only to the machine that
    /// wrote it, is left out.
    public init?(_ text: some StringProtocol) {
        let text = text.prefix { $0 != "%" }
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, String(text), &four) == 1 {
            self.init(four)
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, String(text), &six) == 1 else { return nil }
        self.init(six)
    }

    /// The address of the client of a connection; nil for one of a Unix-domain socket.
    init?(ofPeerOf socket: Int32) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let address: NetworkAddress? = withUnsafeMutablePointer(to: &storage) { storage in
            let status = storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &size) }
            guard status == 0 else { return nil }
            return switch Int32(storage.pointee.ss_family) {
            case AF_INET: storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Self($0.pointee.sin_addr) }
            case AF_INET6: storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { Self($0.pointee.sin6_addr) }
            default: nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    private init(_ four: in_addr) {
        high = 0
        low = Self.mappedPrefix | UInt64(UInt32(bigEndian: four.s_addr))
    }

    private init(_ six: in6_addr) {
        (high, low) = withUnsafeBytes(of: six) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// `192.0.2.1`, `2001:db8::1`
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what `description` is.
    func write(into bytes: inout [UInt8]) {
        guard high == 0, low >> 32 == 0xffff else {
            bytes += longDescription.utf8
            return
        }
        for shift in stride(from: UInt64(24), through: 0, by: -8) {
            let number = UInt8(truncatingIfNeeded: low >> shift)
            if number >= 100 { bytes.append(48 + number / 100) }
            if number >= 10 { bytes.append(48 + number / 10 % 10) }
            bytes.append(48 + number % 10)
            if shift > 0 { bytes.append(UInt8(ascii: ".")) }
        }
    }

    private var longDescription: String {
        var words = (high.bigEndian, low.bigEndian)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &words, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The addresses that begin with the same bits, as `10.0.0.0/8` or `2001:db8::/32` (CIDR, RFC 4632); one address alone
/// is a network too.
public struct AddressNetwork: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64

    /// Bits of the address beyond the network's do not matter.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = NetworkAddress(parts[0]), !parts[0].utf8.contains(UInt8(ascii: "%")) else { return nil }
        let width = parts[0].utf8.contains(UInt8(ascii: ":")) ? 128 : 32
        var bits = width
        if parts.count == 2 {
            guard case .value(let given) = Quantity.wholeNumber(String(parts[1])), (0...width).contains(given) else {
                return nil
            }
            bits = given
        }
        bits += 128 - width
        highMask = Self.mask(min(bits, 64))
        lowMask = Self.mask(max(bits - 64, 0))
        high = address.high & highMask
        low = address.low & lowMask
    }

    public func contains(_ address: NetworkAddress) -> Bool {
        address.high & highMask == high && address.low & lowMask == low
    }

    /// The first bits of 64.
    private static func mask(_ bits: Int) -> UInt64 { bits == 0 ? 0 : .max << UInt64(64 - bits) }
}
