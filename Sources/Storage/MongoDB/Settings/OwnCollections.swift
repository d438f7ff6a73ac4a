import Kernel

/// What the driver keeps in a database beside the modules' collections, under the product's name.
struct OwnCollections: Sendable {
    /// Notes of writes on a server without transactions; see `Journal`.
    let journal: String
    /// See `InstanceRegister`.
    let instances: String
    /// See `EntrySequence`.
    let sequences: String
    /// The `_id` of the document of `SnapshotProbe`, among the sequences.
    let probe: String

    init(of product: Product) {
        journal = "\(product.name).journal"
        instances = "\(product.name).instances"
        sequences = "\(product.name).sequences"
        probe = "\(product.name).probe"
    }
}
