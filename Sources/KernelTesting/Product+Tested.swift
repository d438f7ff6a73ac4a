import Kernel

extension Product {
    /// What tests that are about no program of their own call their service.
    public static let tested = Product(
        name: "job-service", summary: "The register of a data platform's jobs", version: "test",
        databaseName: "jobdb", words: Words(item: "job", use: "post jobs"))
}

extension Configuration {
    /// The configuration of the service that tests are about; see `init(of:yaml:name:environment:)`.
    public convenience init(yaml: String = "", name: String = "config.yaml", environment: [String: String] = [:]) {
        self.init(of: .tested, yaml: yaml, name: name, environment: environment)
    }

    /// Reads the configuration of the service that tests are about; see `load(of:file:fileIsRequired:environment:)`.
    public static func load(
        file path: String?, fileIsRequired: Bool = false, environment: [String: String]
    ) -> Configuration {
        load(of: .tested, file: path, fileIsRequired: fileIsRequired, environment: environment)
    }
}
