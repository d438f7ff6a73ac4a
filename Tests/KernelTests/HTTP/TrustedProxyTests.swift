import KernelTesting
import Testing

@testable import Kernel

@Suite("Trusted proxies")
struct TrustedProxyTests {
    /// The client of a request that comes by way of 10.0.0.1, as the log has it.
    private func client(
        _ headers: [(name: String, value: String)], peer: String? = "10.0.0.1",
        trusting proxies: String = "10.0.0.0/8, 2001:db8::/32"
    ) -> String? {
        let configuration = Configuration(environment: ["JOB_SERVICE_HTTP__TRUSTED_PROXIES": proxies])
        let trusted = TrustedProxies(reading: configuration.root.section("http"))
        #expect(configuration.finish().isEmpty)
        let peer = peer.flatMap { NetworkAddress($0) }
        return trusted.client(of: peer, headers: Headers(headers))?.description
    }

    @Test(
        "are asked for the client by X-Forwarded-For, whose last address that is no such proxy counts",
        arguments: [
            (["203.0.113.7"], "203.0.113.7"), (["1.2.3.4, 203.0.113.7"], "203.0.113.7"),
            (["203.0.113.7, 10.2.3.4,10.9.9.9"], "203.0.113.7"),
            (["1.2.3.4", "203.0.113.7", "10.1.1.1"], "203.0.113.7"),
            (["203.0.113.7:4711"], "203.0.113.7"), (["[2a00::1]:443"], "2a00::1"), (["[2a00::1]"], "2a00::1"),
            (["2a00::1"], "2a00::1"), (["2A00:0:0:0:0:0:0:1"], "2a00::1"), (["\"[2a00::1]:443\""], "2a00::1"),
            (["::ffff:203.0.113.7"], "203.0.113.7"), (["::ffff:10.1.1.1"], "10.1.1.1"), (["fe80::1%eth0"], "fe80::1"),
            (["  203.0.113.7 \t, 10.1.1.1 "], "203.0.113.7"), (["203.0.113.7,,10.1.1.1,"], "203.0.113.7"),
            (["203.0.113.7, 2001:db8::5"], "203.0.113.7"), (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ] as [([String], String)])
    func forwardedFor(values: [String], expected: String) {
        #expect(client(values.map { ("x-forwarded-FOR", $0) }) == expected)
    }

    @Test(
        "who do not say whom they serve are what is known, and nobody vouches for what stands before",
        arguments: [
            ("", "10.0.0.1"), ("unknown", "10.0.0.1"), ("_hidden", "10.0.0.1"), ("garbage", "10.0.0.1"),
            ("1.2.3.4, unknown", "10.0.0.1"), ("1.2.3.4, _hidden, 10.2.2.2", "10.2.2.2"),
            ("1.2.3.4, 300.1.1.1", "10.0.0.1"),
            ("1.2.3.4, 010.1.1.1", "10.0.0.1"), ("1.2.3.4, [2a00::1", "10.0.0.1"), ("1.2.3.4, [2a00::1]x", "10.0.0.1"),
            ("1.2.3.4, [203.0.113.7]", "10.0.0.1"), ("1.2.3.4, unix:", "10.0.0.1"),
            ("1.2.3.4, 203.0.113.7 x", "10.0.0.1"),
            ("1.2.3.4, ::1::2", "10.0.0.1"), ("1.2.3.4; 203.0.113.7", "10.0.0.1"),
        ])
    func unknown(value: String, expected: String) {
        #expect(client([("X-Forwarded-For", value)]) == expected)
    }

    @Test(
        "are asked by Forwarded where the other header is missing",
        arguments: [
            (["for=203.0.113.7"], "203.0.113.7"), (["For=\"203.0.113.7:4711\";proto=https"], "203.0.113.7"),
            (["for=1.2.3.4, for=203.0.113.7;by=10.0.0.1"], "203.0.113.7"), (["for=\"[2a00::1]:4711\""], "2a00::1"),
            (["by=10.0.0.1 ; FOR = 203.0.113.7"], "203.0.113.7"), (["for=1.2.3.4", "for=203.0.113.7"], "203.0.113.7"),
            (["for=203.0.113.7;host=\"a,b;for=1.1.1.1\", for=10.2.2.2"], "203.0.113.7"),
            (["for=\"203.0.\\113.7\""], "203.0.113.7"), (["for=1.2.3.4, proto=https"], "10.0.0.1"),
            (["for=1.2.3.4, for=_hidden"], "10.0.0.1"), (["for=1.2.3.4, for=unknown"], "10.0.0.1"),
            (["for=1.2.3.4, for=\"_x\\\"\""], "10.0.0.1"), (["for"], "10.0.0.1"), (["for="], "10.0.0.1"),
            (["1.2.3.4, for=10.2.2.2"], "10.2.2.2"),
        ] as [([String], String)])
    func forwarded(values: [String], expected: String) {
        #expect(client(values.map { ("Forwarded", $0) }) == expected)
    }

    @Test(
        "have the last word, whatever a client has written before it",
        arguments: [
            "for=\"1.2.3.4", "for=\"", "for=\"a\\", "for=1.2.3.4;x=\"", "for=\"a, b", "\"", "\\", ";;;,,,",
            "for=\"a\",\"",
        ])
    func spoofing(start: String) {
        #expect(client([("Forwarded", "\(start), for=203.0.113.7")]) == "203.0.113.7")
        #expect(client([("Forwarded", "\(start), for=\"[2a00::7]:1\"")]) == "2a00::7")
        #expect(client([("Forwarded", start), ("Forwarded", "for=203.0.113.7")]) == "203.0.113.7")
        #expect(client([("X-Forwarded-For", "\(start), 203.0.113.7")]) == "203.0.113.7")
        #expect(client([("Forwarded", start), ("X-Forwarded-For", "203.0.113.7")]) == "203.0.113.7")
    }

    @Test("count only if it is they who are connected")
    func peers() {
        let claim = [("X-Forwarded-For", "203.0.113.7")]
        #expect(client(claim, peer: "192.0.2.1") == "192.0.2.1")
        #expect(client(claim, peer: "::ffff:10.0.0.1") == "203.0.113.7")
        #expect(client(claim, peer: "2001:db8::1") == "203.0.113.7")
        #expect(client(claim, peer: "2001:db9::1") == "2001:db9::1")
        #expect(client(claim, trusting: "10.0.0.1") == "203.0.113.7")
        #expect(client(claim, trusting: "10.0.0.2") == "10.0.0.1")
        #expect(client(claim, trusting: "") == "10.0.0.1")
        #expect(client(claim, peer: nil) == nil)
        #expect(client(claim, peer: nil, trusting: "unix") == "203.0.113.7")
        #expect(client([], peer: nil, trusting: "unix") == nil)
    }

    @Test(
        "are given as addresses and networks",
        arguments: [
            ("10.0.0.0/8", "10.255.1.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.9.9.9", true),
            ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "2a00::1", false), ("::/0", "2a00::1", true),
            ("192.0.2.5/32", "192.0.2.5", true), ("192.0.2.5/31", "192.0.2.4", true),
            ("192.0.2.5/32", "192.0.2.4", false),
            ("2001:db8::/32", "2001:db8:ffff::", true), ("2001:db8::/65", "2001:db8:0:0:8000::", false),
            ("2001:db8::/64", "2001:db8:0:0:8000::", true), ("::ffff:10.0.0.0/104", "10.3.3.3", true),
            ("::1", "::1", true), ("127.0.0.1", "::ffff:127.0.0.1", true),
        ])
    func networks(text: String, address: String, isInside: Bool) throws {
        let network = try #require(AddressNetwork(text))
        #expect(network.contains(try #require(NetworkAddress(address))) == isInside)
    }

    @Test(
        "that are neither are a problem of the configuration",
        arguments: [
            "proxy.example.org", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "2001:db8::/129",
            "10.0.0.0-10.0.0.9", "fe80::1%eth0", "10.0.0.1:80", "*", "private",
        ])
    func malformed(text: String) {
        let configuration = Configuration(environment: ["JOB_SERVICE_HTTP__TRUSTED_PROXIES": text])
        _ = TrustedProxies(reading: configuration.root.section("http"))
        #expect(
            configuration.finish().map(line) == [
                "http.trustedProxies: \"\(text)\" is neither an address nor a network — environment variable "
                    + "JOB_SERVICE_HTTP__TRUSTED_PROXIES — write it as 10.0.0.1, 10.0.0.0/8, 2001:db8::/32 or unix"
            ])
    }
}
