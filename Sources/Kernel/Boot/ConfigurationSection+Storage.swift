extension StorageDriver {
    /// The driver for a URL of one of its schemes.
    static func make(_ url: StorageURL, reading section: ConfigurationSection) -> (any StorageDriver)? {
        Self(url: url, reading: section)
    }
}

extension ConfigurationSection {
    /// Reads `storage.url` and lets the one of `drivers` that serves its scheme read the rest of the section; nil if
    /// that is not possible, which is then recorded as a problem.
    func storageDriver(of drivers: [any StorageDriver.Type]) -> (any StorageDriver)? {
        let text = string(
            "url", default: "sqlite:./\(product.databaseFile)", variable: "MONGODB_URL",
            "The database: `sqlite:PATH` or `mongodb://HOST:PORT/DATABASE`")
        guard let url = StorageURL(text) else {
            let meant = text.utf8.contains(UInt8(ascii: "/")) ? "did you mean sqlite:\(text)? " : ""
            problem(
                "url", "\(Redaction.quoted(text)) does not say which database it means",
                remedy: meant + "write it as sqlite:PATH or mongodb://HOST:PORT/DATABASE")
            return nil
        }
        // A driver's own section is called like its first scheme. Those of the others may be there, and are not read.
        for driver in drivers where !driver.schemes.contains(url.scheme) {
            if let name = driver.schemes.first { skip(name) }
        }
        for driver in drivers where driver.schemes.contains(url.scheme) {
            return driver.make(url, reading: self)
        }
        let known = drivers.flatMap { $0.schemes }.map { "\($0):" }.joined(separator: ", ")
        problem(
            "url", "no storage driver for '\(url.scheme):' is linked into this program",
            remedy: "name one of \(known), or build the program with that driver's trait (`swift package show-traits`)")
        return nil
    }
}
