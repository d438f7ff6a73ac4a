import Kernel
import KernelTesting
import Testing

@Suite("Tokens of administrators")
struct TokenTests {
    @Test("a data administrator posts a job, which tells who posted it", arguments: ["RS256", "RS512"])
    func administratorPosts(algorithm: String) async throws {
        try await withAuthentication { service in
            let header: JSON = ["alg": .string(algorithm)]
            let reply = try await service.post(
                service.issuer.authorization(header: header), service.issuer.userInfo(header: header))
            #expect(reply.status == 200)
            let id = try #require(try reply.json.array?.first?["job_id"]?.string)
            let job = try await service.client.get("/jobs/\(id)")
            let user: JSON = ["userId": .string(TokenIssuer.userID), "firstName": "Kari", "lastName": "Nordmann"]
            #expect(try job.json["createdBy"] == user)
        }
    }

    @Test("each missing cookie is named, the authorization token first, before anything else is looked at")
    func missingCookies() async throws {
        try await withAuthentication { service in
            let (authorization, userInfo) = (service.issuer.authorization(), service.issuer.userInfo())
            let noAuthorization = "Unauthorized. No authorization token was provided"
            let noUserInfo = "Unauthorized. No user info token was provided"
            for (cookie, message) in [
                ("", noAuthorization), ("user-info=\(userInfo)", noAuthorization), ("user-info=x", noAuthorization),
                ("authorization=", noAuthorization), ("Authorization=\(authorization)", noAuthorization),
                ("authorization=\(authorization)", noUserInfo), ("authorization=x; user-info=", noUserInfo),
            ] {
                let reply = try await service.post(cookie: cookie)
                #expect(reply.status == 401, "\(cookie)")
                #expect(reply.message == message, "\(cookie)")
                #expect(reply.headers["WWW-Authenticate"] == #"Cookie realm="job-service""#)
            }
        }
    }

    @Test("another role and another person's user info are told in the words that clients know")
    func wrongPeople() async throws {
        try await withAuthentication { service in
            let researcher = service.issuer.authorization(["accreditation/role": "role/researcher"])
            let role = try await service.post(researcher, service.issuer.userInfo())
            #expect(role.status == 401)
            #expect(role.message == "Can't start job with role: role/researcher")

            let other = service.issuer.userInfo(["user/uuid": "0000"])
            let mismatch = try await service.post(service.issuer.authorization(), other)
            #expect(mismatch.status == 401)
            #expect(mismatch.message == "Token mismatch")
        }
    }

    @Test("an audience is one name, or a list of names that holds ours")
    func audiences() async throws {
        let valid: [JSON] = ["datastore", ["datastore"], ["no.ssb.fdb", "datastore"]]
        try await withAuthentication { service in
            for audience in valid {
                let token = service.issuer.authorization(["aud": audience])
                let reply = try await service.post(token, service.issuer.userInfo())
                #expect(reply.status == 200, "\(audience.text)")
            }
        }
        try await withAuthentication(environment: ["STACK": "qa"]) { service in
            let token = service.issuer.authorization(["aud": "datastore-qa"])
            let reply = try await service.post(token, service.issuer.userInfo())
            #expect(reply.status == 200)
            let other = try await service.post(service.issuer.authorization(), service.issuer.userInfo())
            #expect(other.status == 401)
            #expect(other.message?.hasPrefix("Unauthorized: ") == true)
        }
    }

    @Test("the user info token may be meant for anyone")
    func userInfoAudience() async throws {
        try await withAuthentication { service in
            for audience: JSON in ["elsewhere", [], 7] {
                let userInfo = service.issuer.userInfo(["aud": audience])
                let reply = try await service.post(service.issuer.authorization(), userInfo)
                #expect(reply.status == 200)
            }
        }
    }

    @Test("clocks may differ by the leeway and no more")
    func leeway() async throws {
        try await withAuthentication(environment: ["JOB_SERVICE_MODULES__AUTHENTICATION__LEEWAY": "10m"]) { service in
            let now = TokenIssuer.now
            for (claims, status) in [
                (["exp": .integer(now - 100)] as JSON, 200), (["exp": .integer(now - 601)], 401),
                (["nbf": .integer(now + 500)], 200), (["nbf": .integer(now + 1500)], 401),
                (["exp": .number(Double(now) + 0.5)], 200),
            ] {
                let reply = try await service.post(service.issuer.authorization(claims), service.issuer.userInfo())
                #expect(reply.status == status, "\(claims.text)")
                let other = try await service.post(service.issuer.authorization(), service.issuer.userInfo(claims))
                #expect(other.status == status, "\(claims.text)")
            }
        }
    }

    @Test("a token that was accepted before is not accepted once it has expired")
    func cachedTokenExpires() async throws {
        try await withAuthentication(environment: ["JOB_SERVICE_MODULES__AUTHENTICATION__LEEWAY": "0s"]) { service in
            let userInfo = service.issuer.userInfo()
            // On a slow machine a short life may have ended before the token arrives: then a longer one is tried.
            var (token, life, status) = ("", Int64(1), 401)
            while status == 401 {
                life *= 2
                token = service.issuer.authorization(["exp": .integer(TokenIssuer.now + life)])
                status = try await service.post(token, userInfo).status
            }
            #expect(status == 200)
            while status == 200 {
                try await Task.sleep(for: .milliseconds(50))
                status = try await service.post(token, userInfo).status
            }
            #expect(status == 401)
        }
    }

    @Test("who may post is asked before the body is looked at")
    func authenticationComesFirst() async throws {
        try await withAuthentication { service in
            let reply = try await service.client.send(.post, "/jobs", Array("{".utf8))
            #expect(reply.status == 401)
        }
    }

    @Test("reading and the executor's updates need no token")
    func otherRoutes() async throws {
        try await withAuthentication { service in
            let reply = try await service.client.get("/jobs")
            #expect(reply.status == 200)
            let another = try await service.client.put("/jobs/none", ["status": "queued"])
            #expect(another.status == 404)
        }
    }

    @Test("refusals say in the log why, and no token ever gets there")
    func log() async throws {
        try await withAuthentication { service in
            let (good, bad) = (service.issuer.authorization(), service.issuer.authorization(["aud": "x"]))
            _ = try await service.post(good, service.issuer.userInfo())
            _ = try await service.post(bad, service.issuer.userInfo())
            let refusal = service.log.entries.first { $0.message.hasPrefix("refused: Unauthorized: ") }
            #expect(refusal?.requestID != nil)
            for entry in service.log.entries {
                let line = "\(entry)"
                for token in [good, bad] {
                    #expect(token.split(separator: ".").allSatisfy { !line.contains($0) })
                }
            }
        }
    }
}
