import Kernel

/// How jobs look, coming and going: with the name of their part where the register is divided, without it where not,
/// whatever is stored.
public struct JobForm: Sendable {
    let partition: JobPartition?
    /// An item of `POST /jobs`.
    let newJob: JSONSchema
    /// A job as it is served.
    public let job: JSONSchema
    /// A job that is taken back: from before the register was divided it names no part.
    let importedJob: JSONSchema
    /// What an old job that names no part is served with: `,"datastoreRdn":"no.example"}`.
    private let ending: [UInt8]

    init(_ partition: JobPartition?) {
        self.partition = partition
        var (parameters, members, imported) = (JobSchemas.parameters, JobFields.members, JobFields.members)
        if let partition {
            let part = JSONSchema.choice(partition.names, "The part of the register that the job belongs to")
            parameters.append(.optional(partition.member, part))
            members.append(partition.property.json)
            imported.append(.optional(partition.member, part))
        }
        newJob = JSONSchema.object("NewJob", parameters, "A job to be created")
        job = JSONSchema.object("Job", members)
        importedJob = JSONSchema.object("ImportedJob", imported)
        let name = partition?.parts.first?.name ?? ""
        ending = partition.map { Array(",\(JSON.string($0.member).text):\(JSON.string(name).text)}".utf8) } ?? []
    }

    /// The document of a new job. The name of its part comes last, by which `served` tells whether there is one.
    func document(_ members: JSON, in part: String?) -> JSON {
        guard let partition, let part, var object = members.object else { return members }
        object[partition.member] = .string(part)
        return .object(object)
    }

    /// The document of a job that is taken back.
    func document(of job: Job) -> JSON {
        guard let partition, var members = job.json.object else { return job.json }
        members[partition.member] = nil
        return document(.object(members), in: partition.part(of: job))
    }

    /// What is served instead of a stored document; nil if that is served as it is, which its last bytes tell of all
    /// that this service has written.
    @Sendable func served(_ document: Span<UInt8>) -> [UInt8]? {
        document.withUnsafeBufferPointer { bytes in
            let endsInText = bytes.dropLast().last == UInt8(ascii: "\"")
            guard let partition else { return endsInText ? Self.cut(bytes, to: job) : nil }
            if endsInText, Self.lastName(of: bytes, is: partition.member) { return nil }
            // A document of other origin, whose members stand in another order.
            guard let json = try? JSON(parsing: Array(bytes)), json[partition.member] == nil else { return nil }
            return Array(bytes.dropLast()) + ending
        }
    }

    /// Whether the last member of an object, a text without escapes, has that name.
    private static func lastName(of bytes: UnsafeBufferPointer<UInt8>, is name: String) -> Bool {
        guard let start = bytes.dropLast(2).lastIndex(of: UInt8(ascii: "\"")) else { return false }
        return bytes[..<start].reversed().starts(with: ",\"\(name)\":".utf8.reversed())
    }

    /// The document without the members that its schema does not have.
    private static func cut(_ bytes: UnsafeBufferPointer<UInt8>, to schema: JSONSchema) -> [UInt8]? {
        guard case .object(let properties) = schema.kind, var object = try? JSON(parsing: Array(bytes)).object
        else { return nil }
        let names = object.members.map(\.name).filter { name in !properties.contains { $0.name == name } }
        if names.isEmpty { return nil }
        for name in names { object[name] = nil }
        return JSON.object(object).bytes
    }
}
