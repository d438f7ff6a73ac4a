import COpenSSL
import Kernel

/// Lets a page keep somebody logged in who has shown an API key, without giving the key to the browser again: what the
/// browser keeps is made of the key by HMAC-SHA-256, from which nobody finds the key. All instances with the same keys
/// understand it, and none does any more once the key is gone from the configuration.
public struct KeySessions: Sendable {
    let keys: Reloadable<APIKeys>

    /// Whether there are keys to log in with.
    public var isAskedFor: Bool { keys.value.isAskedFor }

    /// What stands for a key from now on; nil for a key that is not known.
    public func session(for key: String) -> String? {
        keys.value.holder(of: key).flatMap { _ in Self.session(of: key) }
    }

    /// The key that a session stands for, to be sent as `X-API-Key`; nil if there is none any more.
    public func key(of session: String) -> String? {
        guard session.utf8.count == Self.length else { return nil }
        return keys.value.key(ofSession: session)
    }

    private static let length = 64

    static func session(of key: String) -> String? {
        let (key, purpose) = (Array(key.utf8), Array("a session of a page".utf8))
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard HMAC(EVP_sha256(), key, Int32(key.count), purpose, purpose.count, &digest, &count) != nil else {
            return nil
        }
        return digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension Capability<KeySessions> {
    /// To log people in with an API key.
    public static var keySessions: Self { Self("key sessions") }
}
