import COpenSSL
import Kernel
import KernelTesting

extension Attack {
    /// Headers that bring keys along, ask for the unknown, or say things twice.
    static let headers: [Attack] = [
        authorization("embedded jwk of the attacker") { issuer in
            issuer.authorization(header: ["kid": "mine", "jwk": issuer.stranger.jwk(id: "mine")], key: issuer.stranger)
        },
        authorization("embedded jwk under the good kid") { issuer in
            issuer.authorization(header: ["jwk": issuer.stranger.jwk(id: "key-1")], key: issuer.stranger)
        },
        authorization("embedded jwk, signed by the right key") { issuer in
            issuer.authorization(header: ["jwk": issuer.key.jwk(id: "key-1")])
        },
        Attack(name: "jku of the attacker") { issuer, elsewhere in
            let header: JSON = ["jku": .string(elsewhere)]
            return "authorization=\(issuer.authorization(header: header, key: issuer.stranger)); "
                + "user-info=\(issuer.userInfo(header: header, key: issuer.stranger))"
        },
        Attack(name: "jku of the attacker, unknown kid") { issuer, elsewhere in
            let token = issuer.authorization(header: ["jku": .string(elsewhere), "kid": "mine"], key: issuer.stranger)
            return "authorization=\(token); user-info=\(issuer.userInfo())"
        },
        Attack(name: "x5u of the attacker") { issuer, elsewhere in
            let token = issuer.authorization(header: ["x5u": .string(elsewhere), "kid": "mine"], key: issuer.stranger)
            return "authorization=\(token); user-info=\(issuer.userInfo())"
        },
        Attack(name: "x5u, signed by the right key") { issuer, elsewhere in
            let token = issuer.authorization(header: ["x5u": .string(elsewhere)])
            return "authorization=\(token); user-info=\(issuer.userInfo())"
        },
        authorization("embedded x5c") { $0.authorization(header: ["x5c": ["MIIB"]]) },
        Attack(name: "kid that is a URL") { issuer, elsewhere in
            let token = issuer.authorization(header: ["kid": .string(elsewhere)], key: issuer.stranger)
            return "authorization=\(token); user-info=\(issuer.userInfo())"
        },
        Attack(name: "iss that is a URL") { issuer, elsewhere in
            let token = issuer.authorization(["iss": .string(elsewhere)], key: issuer.stranger)
            return "authorization=\(token); user-info=\(issuer.userInfo())"
        },
        authorization("unknown crit") { $0.authorization(header: ["crit": ["exp"], "exp": 1]) },
        authorization("empty crit") { $0.authorization(header: ["crit": []]) },
        authorization("crit b64, unencoded payload") { $0.authorization(header: ["crit": ["b64"], "b64": false]) },
        authorization("alg twice, none last") { $0.withHeader(#"{"alg":"RS256","kid":"key-1","alg":"none"}"#) },
        authorization("alg twice, none first") { $0.withHeader(#"{"alg":"none","kid":"key-1","alg":"RS256"}"#) },
        authorization("kid twice") { $0.withHeader(#"{"alg":"RS256","kid":"mine","kid":"key-1"}"#) },
        authorization("alg twice, once escaped") { issuer in
            issuer.withHeader(#"{"alg":"RS256","kid":"key-1","\u0061lg":"none"}"#)
        },
        authorization("no alg") { $0.withHeader(#"{"kid":"key-1"}"#) },
        authorization("alg in lower case") { $0.withHeader(#"{"alg":"rs256","kid":"key-1"}"#) },
        authorization("alg with a blank") { $0.withHeader(#"{"alg":"RS256 ","kid":"key-1"}"#) },
        authorization("alg that is a list") { $0.withHeader(#"{"alg":["RS256"],"kid":"key-1"}"#) },
        authorization("alg that is null") { $0.withHeader(#"{"alg":null,"kid":"key-1"}"#) },
        authorization("header that is a list") { $0.withHeader(#"["RS256","key-1"]"#) },
        authorization("header that is text") { $0.withHeader("RS256") },
        authorization("header that is empty") { $0.withHeader("") },
        authorization("header nested deeply") { issuer in
            let (open, close) = (String(repeating: "[", count: 2000), String(repeating: "]", count: 2000))
            return issuer.withHeader(#"{"alg":"RS256","kid":"key-1","x":\#(open)\#(close)}"#)
        },
        authorization("header with bytes that are not UTF-8") { issuer in
            let header = Base64.url(Array(#"{"alg":"RS256","kid":"key-1","x":""#.utf8) + [0xff, 0x22, 0x7d])
            let signed = header + "." + Base64.url(TokenIssuer.authorizationClaims.bytes)
            return signed + "." + Base64.url(issuer.key.sign(Array(signed.utf8), EVP_sha256()))
        },
    ]

    /// Values of `kid` that would do harm in a path, a query, a text of C, or a table.
    static let keyIDs: [Attack] =
        [
            ("traversal", "../../../../dev/null"), ("traversal, encoded", "..%2f..%2fetc%2fpasswd"),
            ("SQL", "' UNION SELECT 'key' --"), ("a command", "$(sleep 5)"), ("NUL", "key-1\0.pem"), ("blank", " "),
            ("a name that only resembles", "\u{212A}ey-1"), ("10 kB", String(repeating: "k", count: 10_000)),
        ].map { name, id in
            authorization("kid with \(name)") { issuer in
                issuer.authorization(header: ["kid": .string(id)], key: issuer.stranger)
            }
        }
        + [
            ("an array", ["key-1"] as JSON), ("an object", ["kid": "key-1"]), ("a number", 1), ("null", .null),
            ("true", true),
        ].map { name, id in
            authorization("kid that is \(name)") { issuer in
                let header: JSON = ["alg": "RS256", "kid": id]
                return issuer.withHeader(header.text)
            }
        }
}
