import Kernel
import KernelTesting
import Testing

@Suite("The keys of the issuer")
struct KeyRotationTests {
    @Test("a rotated key is picked up by the first token that names it")
    func rotation() async throws {
        try await withAuthentication { service in
            let before = try await service.postAsAdministrator()
            #expect(before.status == 200)
            service.keySet.behave(.keys([service.issuer.stranger.jwk(id: "key-2")]))
            let (authorization, userInfo) = service.tokensOfNextKey
            let after = try await service.post(authorization, userInfo)
            #expect(after.status == 200, "\(after.text)")
            #expect(service.keySet.count == 2)

            let withdrawn = try await service.postAsAdministrator()
            #expect(withdrawn.status == 401, "what a withdrawn key has signed is worth nothing, though it was cached")
        }
    }

    @Test("a key that changes under its id is believed from the next fetch on, and the old one no longer")
    func keyChangesUnderItsID() async throws {
        try await withAuthentication { service in
            let old = (service.issuer.authorization(), service.issuer.userInfo())
            let first = try await service.post(old.0, old.1)
            #expect(first.status == 200)
            service.keySet.behave(.keys([service.issuer.stranger.jwk(id: "key-1")]))
            _ = try await service.post(service.issuer.authorization(header: ["kid": "unknown"]), old.1)
            let again = try await service.post(old.0, old.1)
            #expect(again.status == 401)
            let new = try await service.post(
                service.issuer.authorization(key: service.issuer.stranger),
                service.issuer.userInfo(key: service.issuer.stranger))
            #expect(new.status == 200)
        }
    }

    @Test("unknown key ids cause one fetch in ten seconds, however many they are")
    func unknownKeysAreCheap() async throws {
        try await withAuthentication { service in
            let first = try await service.postAsAdministrator()
            #expect(first.status == 200)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let token = service.issuer.authorization(header: ["kid": .string("unknown-\(number)")])
                        return try await service.post(token, service.issuer.userInfo()).status
                    }
                }
                for try await status in group { #expect(status == 401) }
            }
            #expect(service.keySet.count == 2)
            let good = try await service.postAsAdministrator()
            #expect(good.status == 200)
        }
    }

    @Test("metrics tell how old the keys are, how many, and how often they could not be fetched")
    func metrics() async throws {
        try await withAuthentication { service in
            let first = try await service.postAsAdministrator()
            #expect(first.status == 200)
            let before = try await service.client.get("/metrics").text
            #expect(before.contains("\njob_service_jwks_keys 1\n"))
            #expect(before.contains("\njob_service_jwks_fetches_total 1\n"))
            #expect(before.contains("\njob_service_jwks_fetch_failures_total 0\n"))
            #expect(before.contains("\njob_service_jwks_age_seconds "))
            service.keySet.behave(.status(.internalServerError))
            _ = try await service.post(
                service.issuer.authorization(header: ["kid": "unknown"]), service.issuer.userInfo())
            let after = try await service.client.get("/metrics").text
            #expect(after.contains("\njob_service_jwks_keys 1\n"))
            #expect(!after.contains("\njob_service_jwks_fetch_failures_total 0\n"))
        }
        try await withAuthentication({ _ in .status(.internalServerError) }) { service in
            let reply = try await service.postAsAdministrator()
            #expect(reply.status == 503)
            let metrics = try await service.client.get("/metrics").text
            #expect(metrics.contains("\njob_service_jwks_keys 0\n"))
            #expect(!metrics.contains("\njob_service_jwks_age_seconds"))
        }
    }

    @Test("requests that wait for keys share one fetch")
    func sharedFetch() async throws {
        let gate = Gate()
        try await withAuthentication({ .held(gate, AuthenticationFixture.keySet($0)) }) { service in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { try await service.postAsAdministrator().status } }
                while service.keySet.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
                gate.open()
                for try await status in group { #expect(status == 200) }
            }
            #expect(service.keySet.count == 1)
        }
    }

    @Test("the last good keys serve through an outage, and no unreadable set replaces them")
    func outage() async throws {
        let failures: [KeySetServer.Behaviour] = [
            .status(.internalServerError), .text("no JSON"), .text("[]"), .text(#"{"keys":7}"#), .keys([]),
            .text(#"{"keys":[],"keys":[]}"#), .endless,
        ]
        for failure in failures {
            try await withAuthentication { service in
                let before = try await service.postAsAdministrator()
                #expect(before.status == 200)
                service.keySet.behave(failure)
                let unknown = try await service.post(
                    service.issuer.authorization(header: ["kid": "unknown"]), service.issuer.userInfo())
                #expect(unknown.status == 401)
                // More, where the machine is so slow that failed fetches are repeated meanwhile.
                #expect(service.keySet.count >= 2)
                let during = try await service.postAsAdministrator()
                #expect(during.status == 200)
                let ready = try await service.client.get("/health/ready")
                #expect(ready.status == 200, "the last good keys are good enough")
                let warning = service.log.messages.contains { $0.hasPrefix("the signing keys cannot be fetched: ") }
                #expect(warning, "\(failure)")
            }
        }
    }

    @Test("keys are fetched again when they have lived out their time, and withdrawn ones are forgotten")
    func lifetime() async throws {
        let environment = ["JOB_SERVICE_MODULES__AUTHENTICATION__KEY_LIFETIME": "1s"]
        try await withAuthentication(environment: environment) { service in
            let fresh = try await service.postAsAdministrator()
            #expect(fresh.status == 200)
            service.keySet.behave(.keys([service.issuer.stranger.jwk(id: "key-2")]))
            let (authorization, userInfo) = (service.issuer.authorization(), service.issuer.userInfo())
            while try await service.post(authorization, userInfo).status == 200 {
                try await Task.sleep(for: .milliseconds(20))
            }
            let withdrawn = try await service.post(authorization, userInfo)
            #expect(withdrawn.status == 401)
        }
    }

    @Test("without keys the service starts, says so, reads, and answers 503 to those who post, until keys are there")
    func keysComeLate() async throws {
        try await withAuthentication({ _ in .status(.serviceUnavailable) }) { service in
            let posted = try await service.postAsAdministrator()
            #expect(posted.status == 503)
            #expect(posted.code == "auth.keys-unavailable")
            #expect(posted.headers["Retry-After"] == "5")
            let missing = try await service.post(nil, nil)
            #expect(missing.status == 401, "a missing cookie is told without keys")
            let unsigned = try await service.post(
                service.issuer.withHeader(#"{"alg":"none","kid":"key-1"}"#), service.issuer.userInfo())
            #expect(unsigned.status == 401, "so is what no key could make good")
            let ready = try await service.client.get("/health/ready", headers: ["Accept": "application/json"])
            #expect(ready.status == 503)
            #expect(ready.text.contains("no signing keys yet: the answer has status 503"), "\(ready.text)")
            let read = try await service.client.get("/jobs")
            #expect(read.status == 200)

            service.keySet.behave(.keys(AuthenticationFixture.keySet(service.issuer)))
            _ = try await service.log.entry { $0.message == "signing keys: 1" }
            let later = try await service.postAsAdministrator()
            #expect(later.status == 200)
        }
    }

    @Test("redirects are not followed, and a silent issuer holds nobody up for longer than the timeout")
    func unhelpfulIssuers() async throws {
        let elsewhere = try KeySetServer(.keys([]))
        for (responder, reason) in [
            (
                try RawResponder("HTTP/1.1 302 Found\r\nLocation: \(elsewhere.url)\r\nContent-Length: 0\r\n\r\n"),
                "the answer has status 302; redirects are not followed"
            ),
            (try RawResponder("", closes: false), "Operation timed out"),
            (try RawResponder("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", closes: false), "Operation timed out"),
            (try RawResponder("no HTTP"), "HTTP/0.9"),
            (try RawResponder("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n{"), "Maximum file size exceeded"),
        ] {
            let environment = [
                "JWKS_URL": responder.url, "JOB_SERVICE_MODULES__AUTHENTICATION__FETCH_TIMEOUT": "300ms",
            ]
            try await withAuthentication(environment: environment) { service in
                let reply = try await service.postAsAdministrator()
                #expect(reply.status == 503)
                let warning = service.log.messages.first { $0.hasPrefix("the signing keys cannot be fetched: ") }
                #expect(warning?.contains(reason) == true, "\(warning ?? "") should say \(reason)")
            }
            responder.stop()
        }
        #expect(elsewhere.count == 0)
        await elsewhere.stop()
    }
}

extension AuthenticationFixture {
    /// Good tokens of an issuer that has come to use another key, `key-2`.
    var tokensOfNextKey: (String, String) {
        let header: JSON = ["kid": "key-2"]
        return (
            issuer.authorization(header: header, key: issuer.stranger),
            issuer.userInfo(header: header, key: issuer.stranger)
        )
    }
}
