import Kernel

/// What this driver knows of a declared collection.
struct CollectionLayout: Sendable {
    let spec: CollectionSpec
    let instants: InstantPaths

    var name: String { spec.name }

    /// The fields in which documents must differ.
    let uniquePaths: [FieldPath]

    init(_ spec: CollectionSpec) throws(StoreError) {
        self.spec = spec
        instants = InstantPaths(spec.instants)
        for index in spec.indexes where index.isUnique && index.path.steps.contains(where: \.isArray) {
            throw .misuse("an index into an array cannot be unique: \(spec.name), '\(index.path)'")
        }
        uniquePaths = spec.indexes.filter(\.isUnique).map(\.path)
    }

    /// The field's name as MongoDB writes it.
    static func field(_ path: FieldPath) -> String {
        path.steps.map { String($0.name) }.joined(separator: ".")
    }
}

extension [CollectionLayout] {
    func layout(of collection: Collection) throws(StoreError) -> CollectionLayout {
        guard indices.contains(collection.ordinal), self[collection.ordinal].name == collection.name else {
            throw .misuse("the collection \(collection.name) is not declared")
        }
        return self[collection.ordinal]
    }
}
