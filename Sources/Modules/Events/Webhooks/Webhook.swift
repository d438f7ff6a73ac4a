import COpenSSL
import Kernel

/// An endpoint that is told of events, as the configuration names it. Nobody else can: no request does.
struct Webhook: Sendable {
    let name: String
    let url: String
    /// As they are configured; nil for all.
    let types: [String]?
    let secrets: [WebhookSecret]

    /// - Parameters:
    ///   - entry: an object with `name`, `url`, `types` and `secrets`.
    ///   - plain: the networks to which events may go unencrypted.
    ///   - earlier: those that stand before it in the list.
    /// - Returns: nil, and problems, for an entry that is no good.
    init?(reading entry: SecretEntry, plain: [AddressNetwork], beside earlier: [Webhook]) {
        let section = entry.section
        guard entry.text == nil else {
            section.problem("", "is a text", remedy: "give it a name, a url and secrets")
            return nil
        }
        name = section.string("name", default: "", "By which operators know it")
        url = section.string("url", default: "", "Where events are sent: https, or http to an address in plainNetworks")
        let types = section.strings("types", default: [], "Which types of events; all if there are none")
        self.types = types.isEmpty ? nil : types
        let given = section.secrets("secrets", "What they are signed with: whsec_ and base64; several for a rotation")
        let secrets = given.map { WebhookSecret($0.reveal()) }
        self.secrets = secrets.compactMap { $0 }

        var isUsable = true
        func problem(_ key: String, _ what: String, _ remedy: String) {
            section.problem(key, what, remedy: remedy)
            isUsable = false
        }
        if !name.isPlainName {
            problem(
                "name", name.isEmpty ? "is required" : "cannot name a webhook",
                "give it 1 to 64 letters, digits, '.', '_' and '-', such as archive")
        } else if earlier.contains(where: { $0.name.isExactly(name) }) {
            problem("name", "is that of another webhook", "give each webhook its own name")
        }
        if let what = Self.problem(ofURL: url, plain) {
            problem(
                "url", what, "write https://host/path, or list the address's network in modules.events.plainNetworks")
        }
        if given.isEmpty {
            problem("secrets", "is required", "make one: echo whsec_$(openssl rand -base64 32)")
        } else if self.secrets.count < given.count {
            problem(
                "secrets", "holds one that is not whsec_ and the base64 of 24 to 64 bytes",
                "make one: echo whsec_$(openssl rand -base64 32)")
        }
        guard isUsable else { return nil }
    }

    /// What is wrong with a URL, if anything. Without encryption only an address will do: whatever a name resolves to
    /// next time would get the events.
    private static func problem(ofURL url: String, _ plain: [AddressNetwork]) -> String? {
        if url.isEmpty { return "is required" }
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), !url.utf8.contains(UInt8(ascii: "@")) else {
            return "has a character that a URL without a user cannot have"
        }
        if url.hasPrefix("https://"), url.utf8.count > "https://".utf8.count { return nil }
        guard url.hasPrefix("http://") else { return "is neither https nor http" }
        var host = url.dropFirst("http://".count).prefix { !"/?#".contains($0) }
        if host.first == "[" {
            host = host.dropFirst().prefix { $0 != "]" }
        } else {
            host = host.prefix { $0 != ":" }
        }
        guard let address = NetworkAddress(host), plain.contains(where: { $0.contains(address) }) else {
            return "is not encrypted, and its host is no address of a network in plainNetworks"
        }
        return nil
    }
}

/// What events are signed with.
struct WebhookSecret: Sendable {
    private let key: [UInt8]

    /// - Parameter text: `whsec_` and base64 of 24 to 64 bytes; nil for anything else.
    init?(_ text: String) {
        guard text.hasPrefix("whsec_"), let key = Base64.decode(String(text.dropFirst("whsec_".count))),
            (24...64).contains(key.count)
        else { return nil }
        self.key = key
    }

    /// The signature of a message (Standard Webhooks 1.0): of its id, its time and its body.
    func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let message = Array("\(id).\(timestamp).".utf8) + body
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 32
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &count)
        return "v1,\(Base64.encode(digest))"
    }
}

/// Base64 (RFC 4648 section 4).
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        let input = Array(text.utf8)
        guard !input.isEmpty, input.count % 4 == 0, input.count < 1024 else { return nil }
        var bytes = [UInt8](repeating: 0, count: input.count / 4 * 3)
        let count = EVP_DecodeBlock(&bytes, input, Int32(input.count))
        guard count >= 0 else { return nil }
        let padding = input.suffix(2).count { $0 == UInt8(ascii: "=") }
        return Array(bytes.prefix(Int(count) - padding))
    }
}
