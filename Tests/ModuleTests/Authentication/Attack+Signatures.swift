import COpenSSL
import Kernel
import KernelTesting

extension Attack {
    /// Signatures of no algorithm, of another one, or by another key.
    static let signatures: [Attack] =
        ["none", "None", "nOnE", "NONE", ""].map { algorithm in
            authorization("alg '\(algorithm)', empty signature") { issuer in
                issuer.token(
                    header: #"{"alg":"\#(algorithm)","kid":"key-1"}"#, payload: TokenIssuer.authorizationClaims.text
                ) { _ in [] }
            }
        } + [
            authorization("alg none, with the signature of RS256") { issuer in
                issuer.withHeader(#"{"alg":"none","kid":"key-1"}"#)
            },
            authorization("empty signature") { $0.withPart(2) { _ in "" } },
            authorization("no signature part") { issuer in
                issuer.authorization().split(separator: ".").prefix(2).joined(separator: ".")
            },
            authorization("HS256 with the public key as PEM") { issuer in
                issuer.token(header: hs256, payload: TokenIssuer.authorizationClaims.text) {
                    TokenIssuer.hmac($0, key: issuer.key.publicPEM)
                }
            },
            authorization("HS256 with the public key as DER") { issuer in
                issuer.token(header: hs256, payload: TokenIssuer.authorizationClaims.text) {
                    TokenIssuer.hmac($0, key: issuer.key.publicDER)
                }
            },
            authorization("HS256 with the published oct key") { issuer in
                issuer.token(
                    header: #"{"alg":"HS256","kid":"oct"}"#, payload: TokenIssuer.authorizationClaims.text
                ) { TokenIssuer.hmac($0, key: Array("a shared secret of 32 bytes ok!!".utf8)) }
            },
            authorization("RS256 claimed for the published oct key") { $0.authorization(header: ["kid": "oct"]) },
            authorization("ES256 with an EC key") { issuer in
                issuer.authorization(header: ["alg": "ES256"], key: issuer.curve)
            },
            authorization("RS256 claimed for an EC signature") { $0.authorization(key: $0.curve) },
            authorization("PS256 with the right key") { issuer in
                issuer.token(
                    header: #"{"alg":"PS256","kid":"key-1"}"#, payload: TokenIssuer.authorizationClaims.text
                ) { issuer.key.sign($0, EVP_sha256(), usesPSS: true) }
            },
            authorization("RS256 claimed for a PSS signature") { issuer in
                issuer.token(header: TokenIssuer.header, payload: TokenIssuer.authorizationClaims.text) {
                    issuer.key.sign($0, EVP_sha256(), usesPSS: true)
                }
            },
            authorization("RS384") { issuer in
                issuer.token(
                    header: #"{"alg":"RS384","kid":"key-1"}"#, payload: TokenIssuer.authorizationClaims.text
                ) { issuer.key.sign($0, EVP_sha384()) }
            },
            authorization("RS512 claimed for an RS256 signature") { issuer in
                issuer.withHeader(#"{"alg":"RS512","kid":"key-1"}"#)
            },
            authorization("signed by a stranger") { $0.authorization(key: $0.stranger) },
            userInfo("user info signed by a stranger") { $0.userInfo(key: $0.stranger) },
            userInfo("user info with alg none") { issuer in
                issuer.token(
                    header: #"{"alg":"none","kid":"key-1"}"#, payload: TokenIssuer.userInfoClaims.text
                ) { _ in [] }
            },
            authorization("signature cut short") { $0.withPart(2) { String($0.dropLast(4)) } },
            authorization("signature with a zero byte before it") { issuer in
                issuer.token(header: TokenIssuer.header, payload: TokenIssuer.authorizationClaims.text) {
                    [0] + issuer.key.sign($0, EVP_sha256())
                }
            },
            authorization("payload of another token") { issuer in
                let other = issuer.authorization(["sub": "somebody else"]).split(separator: ".")[1]
                return issuer.withPart(1) { _ in String(other) }
            },
            authorization("signed by the key for encryption") { issuer in
                issuer.authorization(header: ["kid": "encryption"], key: issuer.stranger)
            },
            authorization("signed by the key for wrapping") { issuer in
                issuer.authorization(header: ["kid": "wrapping"], key: issuer.stranger)
            },
            authorization("signed by the key for PS256") { issuer in
                issuer.authorization(header: ["kid": "pss"], key: issuer.stranger)
            },
            authorization("signed by the key of another type") { issuer in
                issuer.authorization(header: ["kid": "type"], key: issuer.stranger)
            },
            authorization("signed by the 1024-bit key") { issuer in
                issuer.authorization(header: ["kid": "short"], key: issuer.short)
            },
            authorization("the key with exponent 1, the message as its signature") { issuer in
                issuer.token(
                    header: #"{"alg":"RS256","kid":"exponent"}"#, payload: TokenIssuer.authorizationClaims.text
                ) { $0.suffix(256) }
            },
            authorization("the key with a tiny modulus") { $0.authorization(header: ["kid": "modulus"]) },
            authorization("signed by the key without kid, naming none") { issuer in
                issuer.authorization(header: ["kid": .null], key: issuer.stranger)
            },
            authorization("signed by the key without kid, naming the empty one") { issuer in
                issuer.authorization(header: ["kid": ""], key: issuer.stranger)
            },
        ]

    private static let hs256 = #"{"alg":"HS256","kid":"key-1"}"#
}
