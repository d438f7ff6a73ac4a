import Kernel
import KernelTesting

extension Attack {
    /// Claims that are wrong, missing, or of another type, in tokens that are otherwise good.
    static let claims: [Attack] =
        [
            ("aud of somebody else", ["aud": "elsewhere"] as JSON), ("no aud", ["aud": .null]),
            ("aud of qa on another stack", ["aud": "datastore-qa"]), ("aud that is an empty list", ["aud": []]),
            ("aud list without ours", ["aud": ["a", "b"]]), ("aud list with a number", ["aud": ["datastore", 1]]),
            ("aud list within a list", ["aud": [["datastore"]]]),
            ("aud that is an object", ["aud": ["a": "datastore"]]),
            ("aud that only begins like ours", ["aud": "datastores"]), ("aud in capitals", ["aud": "DATASTORE"]),
            ("aud that is empty", ["aud": ""]), ("aud that is true", ["aud": true]),
            ("no exp", ["exp": .null]), ("expired", ["exp": .integer(TokenIssuer.now - 3600)]),
            ("expired just beyond the leeway", ["exp": .integer(TokenIssuer.now - 61)]),
            ("exp that is text", ["exp": .string("\(TokenIssuer.now + 600)")]), ("exp that is true", ["exp": true]),
            ("exp that is a list", ["exp": [.integer(TokenIssuer.now + 600)]]), ("exp that is 0", ["exp": 0]),
            ("exp that is negative", ["exp": -1]), ("exp in milliseconds", ["exp": .integer(TokenIssuer.now * 1000)]),
            ("exp in more than 10 years", ["exp": .integer(TokenIssuer.now + 11 * 366 * 86_400)]),
            ("exp at the end of numbers", ["exp": .integer(.max)]), ("exp of 1e300", ["exp": .number(1e300)]),
            ("nbf in the future", ["nbf": .integer(TokenIssuer.now + 3600)]),
            ("nbf beyond the leeway", ["nbf": .integer(TokenIssuer.now + 86_400)]), ("nbf that is text", ["nbf": "0"]),
            ("no sub", ["sub": .null]), ("sub that is a number", ["sub": 1]), ("sub that is empty", ["sub": ""]),
            ("no user/uuid", ["user/uuid": .null]), ("user/uuid that is a number", ["user/uuid": 1]),
            ("user/uuid that is empty", ["user/uuid": ""]), ("another user/uuid", ["user/uuid": "another"]),
            ("no role", ["accreditation/role": .null]), ("another role", ["accreditation/role": "role/researcher"]),
            ("role in capitals", ["accreditation/role": "ROLE/DATAADMINISTRATOR"]),
            ("role with more behind it", ["accreditation/role": "role/dataadministrator2"]),
            ("role in a list", ["accreditation/role": ["role/dataadministrator"]]),
            ("role with a line break", ["accreditation/role": "role\r\nX-Injected: 1"]),
        ].map { name, claims in authorization(name) { $0.authorization(claims) } }
        + [
            ("no exp", ["exp": .null] as JSON), ("expired", ["exp": .integer(TokenIssuer.now - 3600)]),
            ("exp in more than 10 years", ["exp": .integer(TokenIssuer.now + 11 * 366 * 86_400)]),
            ("exp that is text", ["exp": "1"]), ("nbf in the future", ["nbf": .integer(TokenIssuer.now + 3600)]),
            ("no user/uuid", ["user/uuid": .null]), ("another user/uuid", ["user/uuid": "another"]),
            ("no first name", ["user/firstName": .null]), ("no last name", ["user/lastName": .null]),
            ("a name that is a list", ["user/firstName": ["Kari"]]),
        ].map { name, claims in userInfo("user info: \(name)") { $0.userInfo(claims) } }
        + [
            ("exp twice", #"{"exp":1,"exp":99999999999}"#), ("payload that is a list", "[]"),
            ("payload that is text", #""datastore""#), ("payload that is empty", ""), ("payload that is null", "null"),
            ("payload with more behind it", TokenIssuer.authorizationClaims.text + "{}"),
            ("payload nested deeply", String(repeating: #"{"a":"#, count: 1500)),
            ("payload with a lone surrogate", #"{"sub":"\ud800"}"#), ("payload with a huge number", #"{"exp":1e999}"#),
        ].map { name, payload in authorization(name) { $0.withPayload(payload) } }
        + [
            authorization("role twice") { issuer in
                let claims = TokenIssuer.authorizationClaims.with(["accreditation/role": "role/researcher"]).text
                return issuer.withPayload(claims.dropLast() + #","accreditation/role":"role/dataadministrator"}"#)
            },
            Attack(name: "cookies swapped") { issuer, _ in
                "authorization=\(issuer.userInfo()); user-info=\(issuer.authorization())"
            },
            Attack(name: "the authorization token as both") { issuer, _ in
                "authorization=\(issuer.authorization()); user-info=\(issuer.authorization())"
            },
            Attack(name: "the user info token as both") { issuer, _ in
                "authorization=\(issuer.userInfo()); user-info=\(issuer.userInfo())"
            },
        ]
}
