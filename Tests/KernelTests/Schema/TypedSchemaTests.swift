import Kernel
import Testing

private enum Colour: String, Vocabulary {
    case red, green
}

private struct Part: Sendable, Equatable {
    let id: String
    let weight: Int?

    static let schema = Schema.object(
        "Part", .required("id", \.id, .uuid), .optional("weight", \.weight, .integer(1...9)), as: Part.init)
}

private struct Thing: Sendable, Equatable {
    let name: String
    let colour: Colour
    let madeAt: Timestamp
    let isOpen: Bool?
    let note: String?
    let parts: [Part]

    static let colour = Property<Thing, Colour>.required("colour", \.colour, .choice("How it looks"))
    static let schema = Schema.object(
        "Thing", .required("name", \.name, .string(lengths: 1...5)), colour,
        .required("madeAt", \.madeAt, .timestamp), .optional("isOpen", \.isOpen, .flag()),
        .required("note", \.note, .nullable(.string())),
        .required("parts", \.parts, .array(of: Part.schema), aliases: ["pieces"]), as: Thing.init)
}

@Suite("Typed schemas")
struct TypedSchemaTests {
    private static let id = "5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00"
    private static let text =
        #"{"name":"x","colour":"red","madeAt":"2026-01-31T08:00:00.000000Z","isOpen":true,"note":null,"#
        + #""parts":[{"id":"\#(id)","weight":3},{"id":"\#(id)"}]}"#

    private func read(_ text: String) throws -> (value: Thing?, problems: [FieldProblem]) {
        var problems: [FieldProblem] = []
        let value = Thing.schema.read(try JSON(parsing: Array(text.utf8)), problems: &problems)
        return (value, problems)
    }

    @Test("a value is read, and written as it was read")
    func thereAndBack() throws {
        let (value, problems) = try read(Self.text)
        let thing = try #require(value)
        #expect(problems.isEmpty)
        #expect(thing.colour == .red && thing.isOpen == true && thing.note == nil)
        #expect(thing.parts == [Part(id: Self.id, weight: 3), Part(id: Self.id, weight: nil)])
        #expect(thing.madeAt == Timestamp("2026-01-31T08:00:00Z"))
        #expect(Thing.schema.json(of: thing)?.text == Self.text)
    }

    @Test("everything that is wrong is told at once, formats as well")
    func problems() throws {
        let (value, problems) = try read(
            #"{"name":"too long","colour":"blue","madeAt":"2026-02-30T00:00:00Z","note":1,"parts":[{"id":"7"}]}"#)
        #expect(value == nil)
        #expect(
            problems.map(\.message) == [
                "name must have at most 5 characters, not 8", #"colour is "blue", which is none of red, green"#,
                "madeAt must be an instant with an offset, such as 2026-01-31T08:00:00Z or 2026-01-31T09:00:00+01:00, "
                    + #"not "2026-02-30T00:00:00Z""#,
                "note must be a string, not a number",
                #"parts[0].id must be a UUID, such as 5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00, not "7""#,
            ])
    }

    @Test(
        "a format is a format",
        arguments: [
            (JSONSchema.Format.date, "2024-02-29", true), (.date, "2023-02-29", false), (.date, "2024-2-29", false),
            (.timestamp, "2026-01-31T08:00:00+01:00", true), (.timestamp, "2026-01-31T08:00:00", false),
            (.uuid, id.uppercased(), true), (.uuid, "5d6a9f6e3f0b-4c0a-9f4e-0d6c3b2a1f00-", false),
        ])
    func formats(format: JSONSchema.Format, text: String, isRight: Bool) {
        var problems: [FieldProblem] = []
        _ = Schema.string(format: format).read(.string(text), at: "x", problems: &problems)
        #expect(problems.isEmpty == isRight)
    }

    @Test("one property is read out of a document that is otherwise of another shape")
    func property() throws {
        let document: JSON = ["colour": "green", "name": 7, "pieces": [["id": "1"]]]
        #expect(document[Thing.colour] == .green)
        #expect(document[Property<Thing, String>.required("name", .string())] == nil)
        #expect(
            document[Property<Thing, [JSON]>.required("parts", .array(of: .any()), aliases: ["pieces"])]?.count == 1)
    }

    @Test("a rule of the Swift type is a rule of what comes in")
    func text() {
        struct Even: LosslessStringConvertible {
            let description: String
            init?(_ text: String) {
                guard let number = Int(text), number.isMultiple(of: 2) else { return nil }
                description = text
            }
        }
        var problems: [FieldProblem] = []
        let schema = Schema<Even>.text(lengths: 1...4, "an even number")
        #expect(schema.read("12", at: "n", problems: &problems)?.description == "12")
        #expect(schema.read("13", at: "n", problems: &problems) == nil)
        #expect(problems == [FieldProblem("n", #"n must be an even number, not "13""#)])
    }
}
