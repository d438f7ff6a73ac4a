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
            // Authentication has no routes of its own.
            #expect(Set(routes.map(\.module)) == Set(stack.modules).subtracting(["authentication"]))
            let changing = routes.filter { !$0.method.isSafe }.map { "\($0.method.rawValue) \($0.pattern)" }
            #expect(changing == stack.changingRoutes)
        }
    }

    @Test("the description of each stack has its paths and methods and no others", arguments: StackCase.all)
    func description(stack: StackCase) async throws {
        try await stack.withService { client in
            let paths = try await client.get("/openapi.json").json["paths"]?.object?.members ?? []
            let described = paths.flatMap { path in
                (path.value.object?.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }
            }
            let routes = client.application.assembly.routes.map { "\($0.method.rawValue) \($0.pattern)" }
            #expect(described.sorted() == routes.sorted())
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

@Suite("The reference configuration")
struct ReferenceConfigurationTests {
    private func configuration(_ yaml: String) throws -> Configuration {
        let configuration = Configuration(yaml: yaml, environment: [:])
        _ = try Assembly(
            modules: StackCase.linked, drivers: Catalogue.drivers, configuration: configuration,
            log: Logger("test", sink: LogRecorder()))
        return configuration
    }

    @Test("it says the defaults")
    func defaults() throws {
        func values(_ yaml: String) throws -> [Substring] {
            try configuration(yaml).listing.split(separator: "\n").map { $0.prefix { $0 != "#" } }
                .map { $0.prefix { $0 != " " } + " " + $0.drop { $0 != " " }.filter { $0 != " " } }
        }
        #expect(try values(repositoryFile("config.yaml")) == values(""))
    }

    @Test("it shows every key")
    func keys() throws {
        let text = try repositoryFile("config.yaml")
        for line in try configuration("").listing.split(separator: "\n") {
            let path = line.prefix { $0 != ":" }
            let key = try #require(path.split(separator: ".").last)
            #expect(text.contains(" \(key):"), "\(path) is missing in config.yaml")
        }
    }
}

@Suite("A stack that does not fit together")
struct UnfitStackTests {
    @Test("targets without jobs keep the service from starting, with what to do")
    func targetsWithoutJobs() throws {
        let configuration = Configuration(
            yaml: "modules: { jobs: { enabled: false } }", environment: ["JWT_AUTH": "false"])
        let failure = #expect(throws: BootFailure.self) {
            try Catalogue.program.assemble(configuration, log: Logger("test", sink: LogRecorder()))
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
            try Catalogue.program.assemble(configuration, log: Logger("test", sink: LogRecorder()))
        }
        #expect(failure?.issues.contains { $0.what.contains("targts") } == true)
    }
}
