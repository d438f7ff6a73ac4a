import Kernel
import KernelTesting
import Testing

@Suite("Configuration of datastores")
struct DatastoresConfigurationTests {
    @Test(
        "what is wrong with the list is told with field, place and remedy",
        arguments: [
            ("", "modules.datastores.list: names no datastore"),
            ("{rdn: a.b}", "modules.datastores.list[0].directory: is required"),
            ("{directory: /a}", "modules.datastores.list[0].rdn: is required"),
            ("{rdn: rdns, directory: /a}", "modules.datastores.list[0].rdn: is \"rdns\""),
            ("{rdn: a/b, directory: /a}", "modules.datastores.list[0].rdn: is \"a/b\""),
            ("{rdn: .., directory: /a}", "modules.datastores.list[0].rdn: is \"..\""),
            ("{rdn: a.b, directory: /a}, {rdn: a.b, directory: /b}", "modules.datastores.list[1].rdn: is \"a.b\""),
            ("{rdn: a.b, directory: /a}, {rdn: c.d, directory: /a}", "modules.datastores.list[1].directory: is \"/a\""),
            ("{rdn: a.b, directory: /a, path: /a}", "unknown key 'modules.datastores.list[0].path'"),
            ("{rdn: a.b, directory: /a, bumpEnabled: perhaps}", "modules.datastores.list[0].bumpEnabled: must be"),
            ("a.b", "modules.datastores.list: must hold objects"),
        ])
    func wrong(list: String, what: String) {
        let problems = DatastoresStack.problems(DatastoresStack.configuration(list))
        #expect(problems.count == 1, "\(problems.map(\.what))")
        #expect(problems.allSatisfy { $0.what.hasPrefix(what) && $0.kind == .configuration && $0.remedy != nil })
        #expect(problems.allSatisfy { $0.origin?.hasPrefix("config.yaml:") == true || list.isEmpty })
    }

    @Test("it cannot run without jobs")
    func requirement() {
        let yaml = """
            modules:
              jobs: { enabled: false }
              targets: { enabled: false }
              datastores: { enabled: true, list: [{rdn: a.b, directory: /a}] }
            """
        #expect(
            DatastoresStack.problems(yaml).map(\.what) == [
                "module 'datastores' requires module 'jobs', which is disabled"
            ])
    }

    @Test("a list that is not used may be wrong")
    func disabled() {
        #expect(DatastoresStack.problems("modules: { datastores: { list: [{rdn: a}, {rdn: a}] } }").isEmpty)
    }
}
