import Kernel
import KernelTesting
import Testing

@testable import StorageMongoDB

@Suite("BSON")
struct BSONTests {
    private func text(
        _ document: BSONDocument, instants: [FieldPath] = [], shape: DocumentShape? = nil
    ) throws -> String {
        var text = JSONText()
        try document.bytes.withUnsafeBytes {
            try text.write(BSONReader($0), as: ServedForm(instants: instants, shape: shape))
        }
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test(
        "keeps JSON as it is, also what looks like Extended JSON",
        arguments: [
            #"{}"#, #"{"a":1,"b":-9223372036854775808,"c":1.5,"d":true,"e":null,"f":"x\u0000y","g":[],"h":{}}"#,
            #"{"id":{"$oid":"507f1f77bcf86cd799439011"},"at":{"$date":"2020-01-01T00:00:00Z"}}"#,
            #"{"nested":[[1,[2,{"a":[{"b":"\"\\\n é"}]}]],"x"]}"#,
        ])
    func roundTrip(_ json: String) throws {
        #expect(try text(BSONDocument(id: ObjectID(high: 1, low: 2), parsing: Array(json.utf8))) == json)
    }

    @Test(
        "refuses fields that belong to the database", arguments: [#"{"_id":1}"#, #"{"_write":1}"#, #"{"a\u0000b":1}"#])
    func refusals(_ json: String) {
        #expect(throws: StoreError.self) { try BSONDocument(id: nil, parsing: Array(json.utf8)) }
    }

    @Test(
        "serves instants in one form",
        arguments: [
            ("2023-05-04T10:11:12.131415", "2023-05-04T10:11:12.131415Z"),
            ("2023-05-04 10:11:12.131415", "2023-05-04T10:11:12.131415Z"),
            ("2023-05-04 10:11:12", "2023-05-04T10:11:12.000000Z"),
            ("2023-05-04T10:11", "2023-05-04T10:11:00.000000Z"), ("2023-05-04", "2023-05-04T00:00:00.000000Z"),
            ("2023-05-04T10:11:12.1+02:00", "2023-05-04T08:11:12.100000Z"),
            ("2023-01-01T00:30:00-0130", "2023-01-01T02:00:00.000000Z"),
            ("2024-02-29T23:59:59.999999999Z", "2024-02-29T23:59:59.999999Z"),
            ("2023-05-04T10:11:12.131415Z", "2023-05-04T10:11:12.131415Z"), ("yesterday", "yesterday"), ("", ""),
            ("2023-13-04T10:11:12", "2023-13-04T10:11:12"), ("2023-05-04T10:11:12.", "2023-05-04T10:11:12."),
        ])
    func instants(_ stored: String, _ served: String) throws {
        let document: BSONDocument = [
            "at": .string(stored), "log": [["at": .string(stored), "message": .string(stored)]],
            "other": .string(stored),
        ]
        let at = JSON.string(served).text
        let other = JSON.string(stored).text
        #expect(
            try text(document, instants: ["at", "log[].at"])
                == "{\"at\":\(at),\"log\":[{\"at\":\(at),\"message\":\(other)}],\"other\":\(other)}")
    }

    @Test("serves what a required member stands in for once, also beyond the 64th member")
    func manyMembers() throws {
        let members = (0..<70).map { JSONSchema.Property.required("m\($0)", .array(of: .integer())) }
        var document = BSONDocument()
        for member in members.dropLast() { document.append(member.name, [1]) }
        let wanted = (0..<69).map { "\"m\($0)\":[1]" } + ["\"m69\":[]"]
        #expect(try text(document, shape: DocumentShape(.object(nil, members))) == "{\(wanted.joined(separator: ","))}")
    }

    @Test(
        "tells which field a duplicate concerns, whatever the server says of it",
        arguments: [
            (
                "E11000 duplicate key error collection: jobdb.inprogress index: parameters.target_1 dup key: "
                    + "{ parameters.target: \"X\" }", "parameters.target"
            ),
            (
                "E11000 duplicate key error collection: jobdb.inprogress index: parameters.target_1 dup key: { : \"X\" }",
                "parameters.target"
            ),
            ("E11000 duplicate key error index: jobdb.inprogress.$jobId_1  dup key: { : \"a: b\" }", "jobId"),
            ("E11000 duplicate key error collection: jobdb.x index: _id_ dup key: { _id: ObjectId('0') }", "_id"),
            ("E11000 duplicate key error collection: jobdb.x index: named dup key: { \"jobId\": \"1\" }", "jobId"),
            ("E11000 duplicate key error collection: jobdb.x index: named dup key: { : 1 }", nil),
            ("something else", nil),
        ])
    func duplicates(_ message: String, _ field: String?) {
        #expect(MongoDBError(writeError: (ErrorCode.duplicateKey, message), in: .empty).duplicateField == field)
    }

    @Test("serves dates and ids that others have written, wherever they stand")
    func foreignTypes() throws {
        // {_id: ObjectId, d: Date(1683195072123), i: ObjectId, t: Date beyond year 9999, n: NaN}
        var bytes: [UInt8] = []
        bytes += [7] + Array("_id\0".utf8) + Array(repeating: 1, count: 12)
        bytes += [9] + Array("d\0".utf8)
        bytes.append(littleEndian: Int64(1_683_195_072_123))
        bytes += [7] + Array("i\0".utf8) + Array(repeating: 0xab, count: 12)
        bytes += [9] + Array("t\0".utf8)
        bytes.append(littleEndian: Int64.max)
        bytes += [1] + Array("n\0".utf8)
        bytes.append(littleEndian: Double.nan.bitPattern)
        var document: [UInt8] = []
        document.append(littleEndian: Int32(bytes.count + 5))
        document += bytes + [0]
        #expect(
            try text(BSONDocument(checking: document))
                == #"{"d":"2023-05-04T10:11:12.123000Z","i":"abababababababababababab","t":null,"n":null}"#)
    }

    @Test(
        "serves documents of other origin in their declared shape",
        arguments: [
            (
                #"{"id":"1","note":null,"extra":1,"by":{"name":"A","email":"a@b","age":null},"log":[{"m":"x","y":1},null]}"#,
                #"{"id":"1","by":{"name":"A"},"log":[{"m":"x"}],"kind":null}"#
            ),
            (#"{"log":null,"kind":null}"#, #"{"kind":null,"log":[]}"#), (#"{}"#, #"{"log":[],"kind":null}"#),
            (#"{"kind":{"a":null},"log":[]}"#, #"{"kind":{"a":null},"log":[]}"#),
        ])
    func shapes(_ stored: String, _ served: String) throws {
        let user = JSONSchema.object("User", [.required("name", .string()), .optional("age", .integer())])
        let line = JSONSchema.object("Line", [.required("m", .string())])
        let schema = JSONSchema.object(
            "Thing",
            [
                .required("id", .string()), .optional("note", .string()), .optional("by", user),
                .required("log", .array(of: line)), .required("kind", .nullable(.string())),
            ])
        let document = try BSONDocument(id: ObjectID(high: 1, low: 2), parsing: Array(stored.utf8))
        #expect(try text(document, shape: DocumentShape(schema)) == served)
    }

    @Test("damaged documents are an error and nothing worse")
    func damage() throws {
        let sample = try BSONDocument(
            id: ObjectID(high: 1, low: 2),
            parsing: Array(#"{"a":[1,{"b":"text"}],"c":{"d":[true,null,1.5]},"e":"2020-01-01"}"#.utf8))
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = sample.bytes
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            do {
                var text = JSONText()
                try bytes.withUnsafeBytes { try text.write(BSONReader($0), as: ServedForm(instants: ["e"])) }
                _ = try JSON(parsing: text.bytes, maximumDepth: 200)
            } catch is StoreError {
            } catch is JSONSyntaxError {
                // A name may have become that of another member; what is written is well formed but for that.
            }
        }
    }

    @Test("ids sort as their bytes do")
    func ids() {
        let ids = (0..<200).map { _ in ObjectID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max)) }
        let byBytes = ids.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        #expect(ids.sorted() == byBytes)
        #expect(ids.map(\.position).sorted() == byBytes.map(\.position))
        #expect(ids.allSatisfy { ObjectID($0.position) == $0 && ObjectID($0.bytes) == $0 })
    }
}
