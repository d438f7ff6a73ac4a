import Kernel

/// What this driver knows of a declared collection.
struct CollectionLayout: Sendable {
    let spec: CollectionSpec
    let form: ServedForm

    var name: String { spec.name }

    /// The fields in which documents must differ; of several together in one at least.
    let uniqueKeys: [[FieldPath]]

    init(_ spec: CollectionSpec) throws(StoreError) {
        self.spec = spec
        form = ServedForm(instants: spec.instants, shape: spec.shape)
        for index in spec.indexes
        where index.isUnique && index.paths.contains(where: { $0.steps.contains(where: \.isArray) }) {
            throw .misuse("an index into an array cannot be unique: \(spec.name), '\(index.path)'")
        }
        uniqueKeys = spec.indexes.filter(\.isUnique).map(\.paths)
    }

    /// The fields that every document has, and that are lists.
    var requiredLists: [String] {
        guard case .object(let members) = spec.shape else { return [] }
        return members.compactMap { member in
            if case .array = member.shape, member.isRequired { return member.name }
            return nil
        }
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
