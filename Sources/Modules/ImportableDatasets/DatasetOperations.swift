import Kernel

/// What the routes are for, for those who call them.
extension Operation {
    static let listDatasets = Operation(
        "Lists the datasets in the input directory and its archive, by name; a name that is in both is listed twice",
        access: .anyone, reply: .json(.array(of: dataset)),
        errors: [.serviceUnavailable: "The input directory is missing or unreadable"], isQuiet: true)

    static let deleteDataset = Operation(
        "Deletes a dataset from the input directory, never from its archive",
        access: [.service, .operator, .administrator],
        errors: [
            .badRequest: "This cannot be the name of a dataset",
            .notFound: "The input directory has no such tar",
            .serviceUnavailable: "The input directory is missing or cannot be changed",
        ])

    /// The list is kept as bytes.
    private static let dataset = JSONSchema.object(
        "ImportableDataset",
        [
            .required("datasetName", .string(lengths: 1...DatasetName.maximumLength, example: "MY_DATASET")),
            .required("hasMetadata", .boolean("Whether the tar has an entry NAME.json")),
            .required("hasData", .boolean("Whether the tar has an entry chunks or chunks/…")),
            .required("isArchived", .boolean("Whether it lies in the archive")),
        ])
}

/// What is answered to a deletion.
struct Deletion: ReplyBody {
    let message: String

    static let schema = Schema.object(
        "Deleted", .required("message", \.message, .string(example: "OK, MY_DATASET deleted")), as: Deletion.init)
}
