import Kernel
import KernelTesting

extension Attack {
    /// Other spellings of a good token.
    static let spellings: [Attack] =
        (0..<3).flatMap { part in
            let name = ["header", "payload", "signature"][part]
            return [
                authorization("padding behind the \(name)") { $0.withPart(part) { $0 + "=" } },
                authorization("double padding behind the \(name)") { $0.withPart(part) { $0 + "==" } },
                authorization("a letter more behind the \(name)") { $0.withPart(part) { $0 + "A" } },
                authorization("a blank in the \(name)") { $0.withPart(part) { $0.prefix(4) + " " + $0.dropFirst(4) } },
                authorization("a letter outside the alphabet in the \(name)") {
                    $0.withPart(part) { $0.prefix(4) + "*" + $0.dropFirst(5) }
                },
                authorization("an escape in the \(name)") {
                    $0.withPart(part) { $0.prefix(4) + "%41" + $0.dropFirst(5) }
                },
            ]
        } + [
            authorization("other bits behind the signature's last byte") { issuer in
                issuer.withPart(2, Base64.withOtherLastLetter)
            },
            authorization("the alphabet of plain base64") { issuer in
                // Signatures without any of the two letters are made again, with another claim.
                for attempt in 0... {
                    let token = issuer.authorization(["jti": .integer(Int64(attempt))])
                    let other = token.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
                    if String(other) != token { return String(other) }
                }
                return ""
            },
            authorization("four parts") { $0.authorization() + ".e30" },
            authorization("a dot behind it") { $0.authorization() + "." },
            authorization("a dot before it") { "." + $0.authorization() },
            authorization("in single quotes") { "'\($0.authorization())'" },
            authorization("in two pairs of quotes") { "\"\"\($0.authorization())\"\"" },
            authorization("with a quote before it") { "\"\($0.authorization())" },
            authorization("with Bearer before it") { "Bearer \($0.authorization())" },
            authorization("JSON serialization") { issuer in
                let parts = issuer.authorization().split(separator: ".").map(String.init)
                let json: JSON = [
                    "protected": .string(parts[0]), "payload": .string(parts[1]), "signature": .string(parts[2]),
                ]
                return json.text.replacing(",", with: "%2C")
            },
            authorization("five parts, as if encrypted") { _ in "e30.e30.e30.e30.e30" },
            authorization("two dots") { _ in ".." },
            authorization("one letter") { _ in "x" },
        ]

    /// Cookies sent twice.
    static let cookies: [Attack] = [
        Attack(name: "authorization twice, good and bad") { issuer, _ in
            "authorization=\(issuer.authorization()); user-info=\(issuer.userInfo()); authorization=x"
        },
        Attack(name: "authorization twice, bad and good") { issuer, _ in
            "authorization=x; user-info=\(issuer.userInfo()); authorization=\(issuer.authorization())"
        },
        Attack(name: "authorization twice, equal") { issuer, _ in
            let token = issuer.authorization()
            return "authorization=\(token); authorization=\(token); user-info=\(issuer.userInfo())"
        },
        Attack(name: "user-info twice, equal") { issuer, _ in
            let token = issuer.userInfo()
            return "authorization=\(issuer.authorization()); user-info=\(token);user-info=\(token)"
        },
        Attack(name: "authorization twice, once empty") { issuer, _ in
            "authorization=; user-info=\(issuer.userInfo()); authorization=\(issuer.authorization())"
        },
        Attack(name: "separated by commas") { issuer, _ in
            "authorization=\(issuer.authorization()), user-info=\(issuer.userInfo())"
        },
    ]
}
