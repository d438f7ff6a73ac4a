/// Which of the linked storage drivers serves `storage.url`.
struct StorageChoice {
    let driver: (any StorageDriver)?
    let issue: BootIssue?

    init(_ drivers: [any StorageDriver.Type], reading section: ConfigurationSection) {
        let text = section.string(
            "url", default: "sqlite:./data/job-service.db", variable: "MONGODB_URL",
            "The database: `sqlite:PATH` or `mongodb://HOST:PORT/DATABASE`")
        guard let url = StorageURL(text) else {
            section.problem(
                "url", "has no scheme", remedy: "write it as sqlite:PATH or mongodb://HOST:PORT/DATABASE")
            (driver, issue) = (nil, nil)
            return
        }
        guard let type = drivers.first(where: { $0.schemes.contains(url.scheme) }) else {
            let known = drivers.flatMap(\.schemes).map { "\($0):" }.joined(separator: ", ")
            section.problem(
                "url", "no storage driver for '\(url.scheme):' is linked into this program",
                remedy: "use a build that has it, or one of \(known)")
            (driver, issue) = (nil, nil)
            return
        }
        driver = type.init(url: url, reading: section)
        issue = nil
    }
}
