extension ServerConfiguration {
    /// Reads the section `http`.
    init(reading section: ConfigurationSection) {
        self.init()
        host = section.string("host", default: host, "The address to listen on")
        if let (what, remedy) = ListeningHost.problem(of: host) { section.problem("host", what, remedy: remedy) }
        port = section.integer("port", default: port, in: 0...65535, "The TCP port; 0 for any free one")
        let count = section.integer("threads", default: 0, in: 0...256, "Event loops; 0 for one a core")
        threads = count == 0 ? nil : count
        let held = section.section("limits", "What one client may make the server hold")
        limits.read(held.reloadable, restart: held)
        deadlines.read(section.reloadable.section("deadlines", "How long a client may take"))
    }
}

extension ServerConfiguration.Limits {
    fileprivate mutating func read(_ section: ConfigurationSection, restart: ConfigurationSection) {
        headBytes = section.bytes(
            "head", default: headBytes, in: 1024...1 << 20, "The request line and headers of one request")
        headerFields = section.integer(
            "headerFields", default: headerFields, in: 1...1000, "The number of headers of one request")
        targetBytes = section.bytes("target", default: targetBytes, in: 256...1 << 20, "The target of one request")
        bodyBytes = section.bytes("body", default: bodyBytes, in: 0...1 << 30, "The body of one request")
        connections = section.integer(
            "connections", default: connections, in: 1...1_000_000, "Connections open at one time")
        outputBytes = section.bytes(
            "output", default: outputBytes, in: 4096...1 << 30, "Unsent bytes of one connection before it waits")
        pipelinedBytes = restart.bytes(
            "pipelined", default: pipelinedBytes, in: 4096...1 << 24, "Requests waiting behind one that is served")
    }
}

extension ServerConfiguration.Deadlines {
    fileprivate mutating func read(_ section: ConfigurationSection) {
        let range = Duration.milliseconds(10) ... .seconds(3600)
        head = section.duration("head", default: head, in: range, "For the headers of a request to arrive")
        body = section.duration("body", default: body, in: range, "For the body of a request to arrive")
        idle = section.duration("idle", default: idle, in: range, "For the next request on a kept connection")
        handler = section.duration("handler", default: handler, in: range, "For a request to be answered")
        write = section.duration("write", default: write, in: range, "For a client that does not read its response")
    }
}
