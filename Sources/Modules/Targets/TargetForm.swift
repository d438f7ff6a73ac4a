import Jobs
import Kernel

/// How targets are kept and served. Where the register of jobs is divided, each part has targets of its own, in a
/// collection of their own: a stack that divides it, or makes it whole again, finds the other collection as it was and
/// brings it up to date.
struct TargetForm: Sendable {
    let partition: JobPartition?
    /// A target as it is served.
    let target: JSONSchema

    init(_ partition: JobPartition?) {
        self.partition = partition
        let part = partition.map { JSONSchema.Property.required($0.member, .string("The part that it is in")) }
        target = JSONSchema.object("Target", Target.members + (part.map { [$0] } ?? []))
    }

    var collection: String { partition == nil ? "target" : "partitionedtarget" }

    /// The field that tells targets from each other.
    var key: FieldPath { partition == nil ? .name : .key }

    /// What that field holds.
    var keyProperty: Property<Target, String> { .required(key.description, .string()) }

    /// The second index has the order of the list; databases do not sort by one that leaves documents out.
    var spec: CollectionSpec {
        let stored = JSONSchema.object("StoredTarget", Target.members + storedMembers)
        return CollectionSpec(
            "\(collection)s", indexes: [.unique(key), .lookup(key)] + (partition.map { [.lookup($0.field)] } ?? []),
            instants: ["lastUpdatedAt"], shape: DocumentShape(stored))
    }

    private var storedMembers: [JSONSchema.Property] {
        partition.map { [.required($0.member, .string()), .required("key", .string())] } ?? []
    }

    /// What is served instead of a stored document: it, without its key, which comes last.
    @Sendable func served(_ document: Span<UInt8>) -> [UInt8]? {
        guard partition != nil else { return nil }
        return document.withUnsafeBufferPointer { bytes in
            guard let key = bytes.lastIndex(of: UInt8(ascii: ",")) else { return nil }
            return Array(bytes[..<key]) + [UInt8(ascii: "}")]
        }
    }
}
