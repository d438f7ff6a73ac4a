import Kernel
import KernelTesting
import Testing

@Suite("Assembling a service")
struct AssemblyTests {
    private func problems(
        _ modules: [any Module.Type], _ yaml: String = "", environment: [String: String] = [:]
    ) -> [String] {
        do {
            _ = try Assembly(
                modules: modules, drivers: [RecordingDriver.self],
                configuration: Configuration(
                    yaml: yaml, environment: ["JOB_SERVICE_STORAGE__URL": "recording:"].merging(environment) { $1 }),
                log: Logger("test", sink: LogRecorder()))
            return []
        } catch {
            return error.issues.map(\.what)
        }
    }

    @Test("a module is registered behind those that it requires")
    func order() throws {
        let assembly = try Assembly(
            modules: [ModuleB.self, ModuleA.self], drivers: [RecordingDriver.self],
            configuration: Configuration(environment: ["JOB_SERVICE_STORAGE__URL": "recording:"]),
            log: Logger("test", sink: LogRecorder()))
        #expect(assembly.modules.map(\.id) == ["a", "b"])
    }

    @Test("a module is registered before those that it extends, which find what it offers")
    func extensions() throws {
        let modules: [any Module.Type] = [ModuleB.self, ModuleA.self, Extending.self]
        func registered(_ yaml: String) throws -> [String] {
            try Assembly(
                modules: modules, drivers: [RecordingDriver.self],
                configuration: Configuration(yaml: yaml, environment: ["JOB_SERVICE_STORAGE__URL": "recording:"]),
                log: Logger("test", sink: LogRecorder())
            ).modules.map(\.id)
        }
        #expect(try registered("") == ["extending", "a", "b"])
        #expect(try registered("modules: {extending: {enabled: false}}") == ["a", "b"])
        #expect(
            problems(modules, "modules: {a: {enabled: false}, b: {enabled: false}}") == [
                "module 'extending' requires module 'a', which is disabled"
            ])
    }

    @Test("a required module that is disabled, or not there at all, is named")
    func requirements() {
        #expect(
            problems([ModuleA.self, ModuleB.self], "modules: {a: {enabled: false}}") == [
                "module 'b' requires module 'a', which is disabled"
            ])
        #expect(problems([ModuleB.self]) == ["module 'b' requires module 'a', which is not linked into this program"])
    }

    @Test("modules that require each other are printed as a path")
    func cycle() {
        #expect(
            problems([Chicken.self, Egg.self]) == [
                "modules require each other in a circle: 'chicken' -> 'egg' -> 'chicken'"
            ])
    }

    @Test("two routes of one shape clash, whatever their captures are called")
    func routeClash() {
        #expect(
            problems([Clashing.self]) == [
                "route GET /x/{other} of module 'clashing' is already taken by module 'clashing'"
            ])
    }

    @Test("a route that writes must say who may call it")
    func undeclaredAccess() {
        #expect(
            problems([Careless.self]) == [
                "route POST /open of module 'careless' writes but does not say who may call it"
            ])
    }

    @Test("a capability that nobody offers is named")
    func missingCapability() {
        #expect(
            problems([Needy.self]) == [
                "module 'needy' needs the capability 'greeting', which no enabled module offers"
            ])
    }

    private func problems(of registration: @escaping @Sendable (any Registrar) throws -> Void) -> [String] {
        AdHocModule.$registration.withValue(registration) { problems([AdHocModule.self]) }
    }

    @Test(
        "the paths of the kernel are its own, whatever the method",
        arguments: ["/health/ready", "/health/alive", "/version", "/metrics", "/openapi.json", "/docs"])
    func kernelPaths(path: String) {
        let found = problems { kernel in
            let pattern = RoutePattern(stringLiteral: path)
            kernel.route(.post, pattern, Operation("", access: .anyone)) { _ in Response() }
            kernel.route(.get, "/health/{other}", Operation("", access: .anyone)) { _ in Response() }
        }
        #expect(found == ["route POST \(path) of module 'adHoc' is on a path of the kernel's own"])
    }

    @Test("a route that can never match is named, with why")
    func unmatchable() {
        let found = problems { kernel in
            kernel.route(.get, "/x/{path...}/y", Operation("", access: .anyone)) { _ in Response() }
            kernel.route(.head, "/x", Operation("", access: .anyone)) { _ in Response() }
        }
        #expect(
            found == [
                "route GET /x/{path...}/y of module 'adHoc' can never match: {path...} is not at its end",
                "route HEAD /x of module 'adHoc' can never match: HEAD is answered by the route for GET",
            ])
    }

    @Test("two modules of one id are named by what they are for")
    func sharedID() {
        struct Twin: Module {
            static let manifest = Manifest(id: "a", summary: "First, again")
            init(configuration: NoConfiguration) {}
            func register(in kernel: any Registrar) {}
        }
        #expect(
            problems([ModuleA.self, Twin.self]) == ["two modules are called 'a': 'First' and 'First, again'"])
    }

    @Test("two offers of one capability name both modules")
    func twoOffers() {
        let found = AdHocModule.$registration.withValue({ $0.offer(.greeting, { "hello from another" }) }) {
            problems([ModuleA.self, AdHocModule.self])
        }
        #expect(
            found == ["module 'adHoc' offers the capability 'greeting', which module 'a' offers already"])
    }

    @Test("a capability that is asked for before it is offered names both modules", arguments: [true, false])
    func askedTooEarly(isRequired: Bool) {
        let found = AdHocModule.$registration.withValue({ kernel in
            if isRequired { _ = try kernel.require(.greeting) } else { _ = kernel.optional(.greeting) }
        }) { problems([AdHocModule.self, ModuleA.self]) }
        #expect(found == ["module 'adHoc' asks for the capability 'greeting' before module 'a' offers it"])
    }

    @Test("a capability that is something else under the same name is told of")
    func otherKind() {
        let found = AdHocModule.$registration.withValue({ _ = $0.optional(Capability<Int>("greeting")) }) {
            problems([ModuleA.self, AdHocModule.self])
        }
        #expect(
            found == [
                "module 'adHoc' asks for the capability 'greeting', under which module 'a' offers something else"
            ])
    }

    @Test("problems of all phases come together")
    func everythingAtOnce() {
        let found = problems(
            [Careless.self, ModuleB.self], "http: {prt: 1}\nmodules: {x: {enabled: true}}",
            environment: ["JOB_SERVICE_STORAGE__URL": "oracle:x", "JOB_SERVICE_HTTP__PORT": "x"])
        for part in ["http.prt", "modules.x", "http.port", "oracle", "requires module 'a'"] {
            #expect(found.contains { $0.contains(part) }, "\(part) in \(found)")
        }
    }

    @Test("a disabled module registers nothing, but its keys are known")
    func disabled() throws {
        let yaml = "modules: {b: {enabled: false, word: x}}"
        #expect(problems([ModuleA.self, ModuleB.self], yaml).isEmpty)
    }
}

struct Chicken: Module {
    static let manifest = Manifest(id: "chicken", summary: "", requires: ["egg"])
    init(configuration: NoConfiguration) {}
    func register(in kernel: any Registrar) {}
}

struct Egg: Module {
    static let manifest = Manifest(id: "egg", summary: "", requires: ["chicken"])
    init(configuration: NoConfiguration) {}
    func register(in kernel: any Registrar) {}
}

struct Extending: Module {
    static let manifest = Manifest(id: "extending", summary: "", extends: ["a"])
    init(configuration: NoConfiguration) {}
    func register(in kernel: any Registrar) {}
}

struct Clashing: Module {
    static let manifest = Manifest(id: "clashing", summary: "")
    init(configuration: NoConfiguration) {}
    func register(in kernel: any Registrar) {
        kernel.route(.get, "/x/{one}", Operation("", access: .anyone)) { _ in Response() }
        kernel.route(.get, "/x/{other}", Operation("", access: .anyone)) { _ in Response() }
    }
}

struct Careless: Module {
    static let manifest = Manifest(id: "careless", summary: "")
    init(configuration: NoConfiguration) {}
    func register(in kernel: any Registrar) {
        kernel.route(.post, "/open", Operation("")) { _ in Response() }
    }
}

struct Needy: Module {
    static let manifest = Manifest(id: "needy", summary: "")
    init(configuration: NoConfiguration) {}
    func register(in kernel: any Registrar) throws { _ = try kernel.require(.greeting) }
}
