import Kernel
import KernelTesting
import Testing

@Suite("Key sets and cookies as issuers and clients write them")
struct KeySetTests {
    private typealias Keys = @Sendable (TokenIssuer) -> KeySetServer.Behaviour

    private func isAdmitted(_ keys: @escaping Keys) async throws -> Bool {
        try await withAuthentication({ keys($0) }) { try await $0.postAsAdministrator().status == 200 }
    }

    @Test("a member of a key that is null is not given")
    func nulls() async throws {
        let nulls: JSON = [
            "use": .null, "alg": .null, "key_ops": .null, "x5c": .null, "x5t": .null, "x5u": .null, "d": .null,
        ]
        #expect(try await isAdmitted { .keys([$0.key.jwk(id: "key-1", nulls)]) })
        #expect(try await isAdmitted { .keys([$0.key.jwk(id: "key-1", ["use": "sig", "key_ops": .null])]) })
        #expect(try await !isAdmitted { .keys([$0.key.jwk(id: nil, ["kid": .null])]) })
    }

    @Test("of two keys with one id both are tried, in any order and whatever else the set holds")
    func twoKeysWithOneID() async throws {
        #expect(try await isAdmitted { .keys([$0.stranger.jwk(id: "key-1"), $0.key.jwk(id: "key-1")]) })
        #expect(try await isAdmitted { .keys([$0.key.jwk(id: "key-1"), $0.stranger.jwk(id: "key-1")]) })
        let others: [JSON] = [
            .null, 7, "key", [], [:], ["kty": "EC", "kid": "key-1", "crv": "P-256", "x": "AQ", "y": "AQ"],
            ["kty": "oct", "kid": "key-1", "k": "AQ"], ["kty": "OKP", "kid": "key-1"], ["kty": .null, "kid": .null],
        ]
        #expect(try await isAdmitted { .keys(others + [$0.short.jwk(id: "key-1"), $0.key.jwk(id: "key-1")]) })
        let message = try await withAuthentication({ .keys([$0.stranger.jwk(id: "key-1")]) }) {
            try await $0.postAsAdministrator().message
        }
        #expect(message == "Unauthorized: the authorization token is refused, its signature is wrong")
    }

    @Test("ids that only look alike are different ones")
    func lookalikes() async throws {
        try await withAuthentication({ .keys([$0.key.jwk(id: "\u{212a}ey"), $0.key.jwk(id: "\u{e9}")]) }) { service in
            for (id, status) in [("Key", 401), ("e\u{301}", 401), ("\u{212a}ey", 200), ("\u{e9}", 200)] {
                let header: JSON = ["kid": .string(id)]
                let reply = try await service.post(
                    service.issuer.authorization(header: header), service.issuer.userInfo(header: header))
                #expect(reply.status == status, "\(id)")
            }
        }
    }

    @Test("a byte order mark before the set, blanks around it and padding in its numbers do no harm")
    func surroundings() async throws {
        #expect(try await isAdmitted { .text("\u{feff} {\"keys\":[\($0.key.jwk(id: "key-1").text)]}\r\n") })
        #expect(try await isAdmitted { .keys([$0.key.jwk(id: "key-1", ["e": "AQAB=="])]) })
    }

    @Test("a cookie's value may stand in double quotes")
    func quotedCookies() async throws {
        try await withAuthentication { service in
            let (authorization, userInfo) = (service.issuer.authorization(), service.issuer.userInfo())
            for cookie in [
                "authorization=\"\(authorization)\"; user-info=\"\(userInfo)\"",
                "authorization=\(authorization);user-info = \"\(userInfo)\" ",
                "other=\"a b\"; authorization=\"\(authorization)\"; user-info=\(userInfo); last=\"",
            ] {
                let reply = try await service.post(cookie: cookie)
                #expect(reply.status == 200, "\(reply.text)")
            }
            let empty = try await service.post(cookie: "authorization=\"\"; user-info=\"\(userInfo)\"")
            #expect(empty.message == "Unauthorized. No authorization token was provided")
            let twice = try await service.post(
                cookie: "authorization=\(authorization); authorization=\"\(authorization)\"; user-info=\(userInfo)")
            #expect(twice.status == 401)
        }
    }

    @Test("a semicolon separates cookies whatever stands behind it")
    func combiningMark() async throws {
        try await withAuthentication { service in
            let cookie = "a=b;\u{301}=c; authorization=\(service.issuer.authorization()); user-info=x"
            let reply = try await service.post(cookie: cookie)
            #expect(reply.message == "Unauthorized: the user info token is refused, it does not have three parts")
        }
    }
}
