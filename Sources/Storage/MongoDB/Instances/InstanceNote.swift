import Kernel

/// What an instance has said of itself in the register.
struct InstanceNote {
    let id: ObjectID
    let host: String
    let place: ProcessPlace
    /// How often it has said that it lives.
    let beat: Int64
    /// Of the connection on which it says so, as the server sees it.
    let address: String
    /// The sessions in which it runs transactions.
    let sessions: [BSONDocument]

    init(_ document: BSONDocument) throws {
        (id, host, place, beat, address, sessions) = try document.bytes.withUnsafeBytes { bytes in
            let reader = try BSONReader(bytes)
            var sessions: [BSONDocument] = []
            try reader["sessions"]?.document?.forEach { session in
                sessions.append(try BSONDocument(checking: Array(session.value)))
                return true
            }
            let place = ProcessPlace(
                machine: try reader["machine"]?.string ?? "",
                process: Int32(truncatingIfNeeded: try reader["process"]?.integer ?? 0),
                startedAt: try reader["startedAt"]?.integer)
            return (
                try reader["_id"]?.objectID ?? ObjectID(high: 0, low: 0), try reader["host"]?.string ?? "", place,
                try reader["beat"]?.integer ?? 0, try reader["address"]?.string ?? "", sessions
            )
        }
    }

    /// The members that an instance writes of itself.
    static func members(
        host: String, _ place: ProcessPlace, beat: Int64, address: String, sessions: [BSONDocument]
    ) -> BSONDocument {
        var members: BSONDocument = [
            "host": .string(host), "machine": .string(place.machine), "process": .int64(Int64(place.process)),
            "beat": .int64(beat), "address": .string(address),
            "sessions": .array(sessions.map(BSONValue.document)),
        ]
        if let startedAt = place.startedAt { members.append("startedAt", .int64(startedAt)) }
        return members
    }
}
