import Kernel

/// What the datastores' routes are for, for those who call them.
extension Operation {
    static let listDatastores = Operation(
        "Lists the datastores, in the order of the configuration", access: .anyone)

    static let listRDNs = Operation(
        "Lists the names of the datastores", access: .anyone, reply: .json(.array(of: Datastore.rdnSchema.json)))

    static let getDatastore = Operation(
        "Shows one datastore", access: .anyone, errors: notFound)

    static let getDirectory = Operation(
        "Tells where the executor keeps a datastore", access: .anyone, reply: .json(Datastore.directorySchema.json),
        errors: notFound)

    private static let notFound: KeyValuePairs<Status, String> = [.notFound: "No datastore has this name"]
}

extension Datastore: ReplyBody {
    static let rdnSchema = Schema.string("Its name in paths and jobs", example: "no.example.health")
    static let directorySchema = Schema.string("Where the executor keeps it", example: "/datastores/no.example.health")

    static let schema = Schema.object(
        "Datastore", .required("rdn", \.rdn, rdnSchema), .required("directory", \.directory, directorySchema),
        .required("name", \.name, .string("What people call it", example: "Health")),
        .required("description", \.description, .string("For people")),
        .required("bumpEnabled", \.isBumpEnabled, .boolean("Whether new versions of it may be released")),
        as: Datastore.init(rdn:directory:name:description:isBumpEnabled:))
}
