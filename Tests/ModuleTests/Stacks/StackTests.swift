import Kernel
import KernelTesting
import Testing

@testable import App

@Suite("Stacks")
struct StackTests {
    @Test("each stack says what it is made of", arguments: StackCase.all)
    func version(stack: StackCase) async throws {
        try await stack.withService { client in
            let version = try await client.get("/version").json
            #expect(version["stack"]?.string == stack.name)
            #expect(version["modules"] == .array(stack.modules.map(JSON.string)))
        }
    }

    @Test("each stack is ready", arguments: StackCase.all)
    func ready(stack: StackCase) async throws {
        try await stack.withService { client in
            let reply = try await client.get("/health/ready")
            #expect(reply.status == 200)
            #expect(reply.text == "I'm ready!")
        }
    }

    @Test("each stack has the routes of its modules and no others", arguments: StackCase.all)
    func routes(stack: StackCase) async throws {
        try await stack.withService { client in
            let routes = client.application.assembly.routes.filter { $0.module != "kernel" }
            #expect(Set(routes.map(\.module)) == Set(stack.modules))
            let changing = routes.filter { !$0.method.isSafe }.map { "\($0.method.rawValue) \($0.pattern)" }
            #expect(changing == stack.changingRoutes)
        }
    }

    @Test("each stack answers what it has, and 404 or 405 for what it has not", arguments: StackCase.all)
    func answers(stack: StackCase) async throws {
        try await stack.withService { client in
            for (request, status) in stack.answers {
                let parts = request.split(separator: " ")
                let method = try #require(Method(rawValue: String(parts[0])))
                let reply = try await client.send(method, String(parts[1]), Array("{}".utf8))
                #expect(reply.status == status, "\(request): \(reply.text)")
                if status == 405 { #expect(reply.headers["Allow"] == "GET, HEAD, OPTIONS") }
            }
        }
    }

    @Test("each stack has the collections of its modules and no others", arguments: StackCase.all)
    func collections(stack: StackCase) async throws {
        let tables = try await stack.tablesAfterRun()
        #expect(tables == stack.collections)
    }
}

@Suite("A stack that does not fit together")
struct UnfitStackTests {
    @Test("targets without jobs keep the service from starting, with what to do")
    func targetsWithoutJobs() throws {
        let configuration = Configuration(
            yaml: "modules: { jobs: { enabled: false } }", environment: ["JWT_AUTH": "false"])
        let failure = #expect(throws: BootFailure.self) {
            try Catalogue.assemble(configuration, log: Logger("test", sink: LogRecorder()))
        }
        let issue = failure?.issues.first { $0.what.contains("'targets'") }
        #expect(issue?.kind == .configuration)
        #expect(issue?.what == "module 'targets' requires module 'jobs', which is disabled")
        #expect(issue?.remedy == "set modules.jobs.enabled: true, or modules.targets.enabled: false")
    }

    @Test("a module that is not there is named", arguments: ["modules: { targts: { enabled: true } }"])
    func unknownModule(yaml: String) throws {
        let configuration = Configuration(yaml: yaml, environment: ["JWT_AUTH": "false"])
        let failure = #expect(throws: BootFailure.self) {
            try Catalogue.assemble(configuration, log: Logger("test", sink: LogRecorder()))
        }
        #expect(failure?.issues.contains { $0.what.contains("targts") } == true)
    }
}
