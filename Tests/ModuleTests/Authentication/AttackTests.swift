import Glibc
import Kernel
import KernelTesting
import Testing

@Suite("Attacks on tokens")
struct AttackTests {
    @Test("is refused with 401, and nobody but the issuer is asked for keys", arguments: Attack.all)
    func attack(_ attack: Attack) async throws {
        let elsewhere = try RawResponder("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { elsewhere.stop() }
        try await withAuthentication({ .keys(Attack.keySet($0)) }) { service in
            let reply = try await service.post(cookie: attack.cookie(service.issuer, elsewhere.url))
            #expect(reply.status == 401)
            let known = ["Unauthorized: ", "Unauthorized. ", "Can't start job with role: ", "Token mismatch"]
            let message = reply.message ?? ""
            #expect(known.contains { message.hasPrefix($0) }, "\(message)")
            #expect(elsewhere.count == 0)
            #expect(service.keySet.count <= 2)
            #expect(!service.log.entries.contains { $0.level >= .error })
            if getenv("ATTACK_TABLE") != nil { print("| \(attack.name) | \(reply.status) | \(message) |") }

            let jobs = try await service.client.get("/jobs")
            #expect(jobs.text == "[]")
            let neighbour = try await service.postAsAdministrator()
            #expect(neighbour.status == 200, "the same service admits good tokens: \(neighbour.text)")
        }
    }

    @Test("opens no route of services either, which an administrator's tokens open", arguments: Attack.all)
    func attackOnServices(_ attack: Attack) async throws {
        let elsewhere = try RawResponder("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { elsewhere.stop() }
        let keys = ["API_KEY": "a-key-that-nobody-sends"]
        try await withAuthentication({ .keys(Attack.keySet($0)) }, environment: keys) { service in
            let update: JSON = ["status": "queued"]
            let cookie = attack.cookie(service.issuer, elsewhere.url)
            let reply = try await service.client.put("/jobs/none", update, headers: ["Cookie": cookie])
            #expect(reply.status == 401)
            #expect(elsewhere.count == 0)
            #expect(!service.log.entries.contains { $0.level >= .error })
            let neighbour = try await service.client.put("/jobs/none", update, headers: service.cookies)
            #expect(neighbour.status == 404, "the same service admits good tokens: \(neighbour.text)")
        }
    }

    @Test("every byte of the signature matters")
    func everyByteOfTheSignature() async throws {
        try await withAuthentication { service in
            let parts = service.issuer.authorization().split(separator: ".").map(String.init)
            let signed = Array((parts[0] + "." + parts[1]).utf8)
            let signature = service.issuer.key.sign(signed, nil)
            let userInfo = service.issuer.userInfo()
            for index in signature.indices {
                var flipped = signature
                flipped[index] ^= 1 << UInt8(index % 8)
                let reply = try await service.post(parts[0] + "." + parts[1] + "." + Base64.url(flipped), userInfo)
                #expect(reply.status == 401, "byte \(index)")
            }
            let whole = parts[0] + "." + parts[1] + "." + Base64.url(signature)
            let reply = try await service.post(whole, userInfo)
            #expect(reply.status == 200)
        }
    }

    @Test("every letter of a token matters")
    func everyLetter() async throws {
        try await withAuthentication { service in
            let token = service.issuer.authorization()
            let userInfo = service.issuer.userInfo()
            for index in token.indices {
                let other: Character = token[index] == "A" ? "B" : "A"
                let changed = token[..<index] + String(other) + token[token.index(after: index)...]
                let reply = try await service.post(String(changed), userInfo)
                #expect(reply.status == 401, "letter \(token.distance(from: token.startIndex, to: index))")
            }
        }
    }

    @Test("the cookies in two fields count as sent twice")
    func twoCookieFields() async throws {
        try await withAuthentication { service in
            let (authorization, userInfo) = (service.issuer.authorization(), service.issuer.userInfo())
            let connection = try RawConnection(port: service.client.port)
            let body = AuthenticationFixture.body.text
            connection.send(
                "POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n"
                    + "Cookie: authorization=\(authorization); user-info=\(userInfo)\r\n"
                    + "Cookie: authorization=\(authorization)\r\n\r\n" + body)
            #expect(try await connection.readResponse().status == 401)
        }
    }

    @Test("a token of a megabyte is refused: with 431 by the default limits, with 401 where they let it through")
    func hugeToken() async throws {
        let huge = String(repeating: "A", count: 1_000_000)
        try await withAuthentication { service in
            let reply = try await service.post(huge, service.issuer.userInfo())
            #expect(reply.status == 431)
        }
        try await withAuthentication(environment: ["JOB_SERVICE_HTTP__LIMITS__HEAD": "1 MiB"]) { service in
            for token in [huge, service.issuer.authorization(["more": .string(String(huge.prefix(600_000)))])] {
                let reply = try await service.post(token, service.issuer.userInfo())
                #expect(reply.status == 401)
            }
        }
    }
}
