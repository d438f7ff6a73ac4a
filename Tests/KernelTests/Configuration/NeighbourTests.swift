import Kernel
import Testing

@Suite("Variables of neighbours")
struct NeighbourTests {
    /// What the kubelet adds for a Service, by the name that variables spell it with.
    private static func links(_ service: String, port: String = "80", name: String? = nil) -> [String: String] {
        var links = ["_SERVICE_HOST": "10.0.0.1", "_SERVICE_PORT": port, "_PORT": "tcp://10.0.0.1:\(port)"]
        if let name { links["_SERVICE_PORT_\(name)"] = port }
        for kind in ["TCP", "UDP", "SCTP"] {
            let start = "_PORT_\(port)_\(kind)"
            links[start] = "\(kind.lowercased())://10.0.0.1:\(port)"
            links.merge([start + "_PROTO": kind.lowercased(), start + "_PORT": port, start + "_ADDR": "10.0.0.1"]) {
                $1
            }
        }
        return Dictionary(uniqueKeysWithValues: links.map { (service + $0, $1) })
    }

    private func issues(_ environment: [String: String]) -> [String] {
        SampleConfiguration.reading("", environment).1.map { "\($0.what); \($0.remedy ?? "-")" }
    }

    @Test(
        "those of Kubernetes' Services are left alone, however close the Service's name comes to a key",
        arguments: [
            "JOB_SERVICE", "JOB_SERVICE_MONGODB", "JOB_SERVICE_HTTP", "JOB_SERVICE_HTTPS", "JOB_SERVICE_STORAGE_URL",
            "JOB_SERVICE_HTTP_PORT", "JOB_SERVICE_MODULES_JOBS_BUMP_ENABLED", "JOB_SERVICE_SERVICE",
            "JOB_SERVICE_A__B", "JOB_SERVICE_HTTP__PORT_X", "JOBSERVICE_HTTP", "JOB_SERVICE_SERVICE_PORT",
        ])
    func services(name: String) {
        #expect(issues(Self.links(name)) == [])
        #expect(issues(Self.links(name, port: "27017", name: "MONGODB")) == [])
        #expect(issues(Self.links(name, port: "8000", name: "HTTP_PORT")) == [])
    }

    @Test(
        "others that begin like ours are left alone too",
        arguments: [
            "JOB_SERVICE_URL", "JOB_SERVICE_HOST", "JOB_SERVICE_PORT", "JOB_SERVICE_API_KEY", "JOB_SERVICE_TOKEN",
            "JOB_SERVICE_MONGODB_NAME", "JOB_SERVICE_IMAGE", "JOB_SERVICE_", "JOB_SERVICE", "job_service_url",
            "JOB_SERVICE_HTTP_PROXY", "JOB_SERVICE_HTTP_TIMEOUT", "OTHER_SERVICE_HTTP__PORT", "JOB_SERVER_A__B",
        ])
    func others(name: String) {
        for value in ["", "8000", "http://job-service:8000"] { #expect(issues([name: value]) == []) }
    }

    @Test(
        "but those that are a slip away from one of ours are not",
        arguments: [
            ("JOB_SERVICE_HTTP_PORT", "JOB_SERVICE_HTTP__PORT"), ("JOB_SERVICE_HTTP__PROT", "JOB_SERVICE_HTTP__PORT"),
            ("JOB_SERVICE_HTTP_PROT", "JOB_SERVICE_HTTP__PORT"), ("JOB_SERVICE_HTTP__port", "JOB_SERVICE_HTTP__PORT"),
            ("job_service_http__port", "JOB_SERVICE_HTTP__PORT"), ("JOBSERVICE_HTTP__PORT", "JOB_SERVICE_HTTP__PORT"),
            ("JOB_SERVICES_HTTP__PORT", "JOB_SERVICE_HTTP__PORT"), ("JOB-SERVICE-HTTP-PORT", "JOB_SERVICE_HTTP__PORT"),
            ("JOB_SERVICE__HTTP__PORT", "JOB_SERVICE_HTTP__PORT"),
            ("JOB_SERVICE_STORAGE_URL", "JOB_SERVICE_STORAGE__URL"),
            ("JOB_SERVICE_MODULES_JOBS_BUMP_ENABLED", "JOB_SERVICE_MODULES__JOBS__BUMP_ENABLED"),
            ("JOB_SERVICE_MODULES_JOB_BUMP_ENABLE", "JOB_SERVICE_MODULES__JOBS__BUMP_ENABLED"),
            ("JOB_SERVICE_MODULES__JOBS__BUMPENABLED", "JOB_SERVICE_MODULES__JOBS__BUMP_ENABLED"),
        ])
    func slips(name: String, meant: String) {
        #expect(issues([name: "8080"]) == ["unknown environment variable \(name); did you mean \(meant)?"])
    }

    @Test("a number is a slip even where a Service's address would not be, and beside such a Service")
    func numberAndAddress() {
        let slip = ["unknown environment variable JOB_SERVICE_HTTP_PORT; did you mean JOB_SERVICE_HTTP__PORT?"]
        #expect(issues(["JOB_SERVICE_HTTP_PORT": "8080"]) == slip)
        #expect(issues(["JOB_SERVICE_HTTP_PORT": "tcp://10.0.0.1:80"]) == [])
        #expect(issues(Self.links("JOB_SERVICE_HTTP").merging(["JOB_SERVICE_HTTP_PORT": "8080"]) { $1 }) == slip)
    }

    @Test("two underscores in a row are ours unless a Service of that name is all there")
    func underscores() {
        let part = ["JOB_SERVICE_A__B_SERVICE_HOST": "10.0.0.1", "JOB_SERVICE_A__B_PORT": "tcp://10.0.0.1:80"]
        #expect(issues(part).count == 2)
        #expect(issues(part.merging(["JOB_SERVICE_A__B_SERVICE_PORT": "80"]) { $1 }) == [])
    }
}
