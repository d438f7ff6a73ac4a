import Kernel

/// What the datastores' routes are for, for those who call them.
extension Operation {
    static let listDatastores = Operation(
        "Lists the datastores, in the order of the configuration", access: .anyone,
        reply: .json(.array(of: Datastore.schema)))

    static let listRDNs = Operation(
        "Lists the names of the datastores", access: .anyone, reply: .json(.array(of: Datastore.rdnSchema)))

    static let getDatastore = Operation(
        "Shows one datastore", access: .anyone, reply: .json(Datastore.schema), errors: notFound)

    static let getDirectory = Operation(
        "Tells where the executor keeps a datastore", access: .anyone, reply: .json(Datastore.directorySchema),
        errors: notFound)

    private static let notFound: KeyValuePairs<Status, String> = [.notFound: "No datastore has this name"]
}

extension Datastore {
    static let rdnSchema = JSONSchema.string("Its name in paths and jobs", example: "no.example.health")
    static let directorySchema = JSONSchema.string(
        "Where the executor keeps it", example: "/datastores/no.example.health")

    static let schema = JSONSchema.object(
        "Datastore",
        [
            .required("rdn", rdnSchema),
            .required("directory", directorySchema),
            .required("name", .string("What people call it", example: "Health")),
            .required("description", .string("For people")),
            .required("bumpEnabled", .boolean("Whether new versions of it may be released")),
        ])
}
