extension OpenAPIDocument {
    public init(_ assembly: Assembly) {
        self.init(identity: assembly.identity, routes: assembly.routes)
    }
}
