import Kernel
import Testing

@Suite("Schemas")
struct SchemaTests {
    static let schema = JSONSchema.object(
        "Thing",
        [
            .required("name", .string(lengths: 1...3)),
            .optional("someCount", .integer(1...10)),
            .optional("isOpen", .boolean()),
            .optional("isPaused", .flag()),
            .optional("kind", .choice(["A", "B"])),
            .optional("note", .nullable(.string())),
            .optional("code", .string(lengths: 2...4, pattern: JSONSchema.Pattern("^[a-z]*$") { !$0.contains("1") })),
            .optional("releaseTime", .integer(0 ... .max, fromText: true)),
            .optional("parts", .array(of: .object(nil, [.required("id", .string())]), maximum: 2)),
        ])

    private func read(_ text: String) throws -> (value: JSON?, problems: [FieldProblem]) {
        var problems: [FieldProblem] = []
        let value = Self.schema.read(try JSON(parsing: Array(text.utf8)), problems: &problems)
        return (value, problems)
    }

    @Test(
        "values are brought into one form: own names, schema order, no nulls for what is absent",
        arguments: [
            (#"{"some_count":1,"name":"x"}"#, #"{"name":"x","someCount":1}"#),
            (#"{"name":"æøå","isOpen":null,"note":null}"#, #"{"name":"æøå","note":null}"#),
            (#"{"name":"x","someCount":2.0,"is_open":false}"#, #"{"name":"x","someCount":2,"isOpen":false}"#),
            (#"{"name":"x","isPaused":"True"}"#, #"{"name":"x","isPaused":true}"#),
            (#"{"name":"x","is_paused":0.0}"#, #"{"name":"x","isPaused":false}"#),
            (#"{"parts":[{"id":"1"}],"name":"x"}"#, #"{"name":"x","parts":[{"id":"1"}]}"#),
            (#"{"name":"x","release_time":"1700000000"}"#, #"{"name":"x","releaseTime":1700000000}"#),
            (#"{"name":"x","releaseTime":"007"}"#, #"{"name":"x","releaseTime":7}"#),
            (#"{"name":"x","releaseTime":1.7e9}"#, #"{"name":"x","releaseTime":1700000000}"#),
        ])
    func normalised(text: String, expected: String) throws {
        let (value, problems) = try read(text)
        #expect(problems.isEmpty)
        #expect(value?.text == expected)
    }

    @Test(
        "a value that does not fit is refused, naming field and remedy",
        arguments: [
            ("{}", "name", "Missing name"), (#"{"name":null}"#, "name", "Missing name"),
            (#"{"name":1}"#, "name", "name must be a string, not a number"),
            (#"{"name":""}"#, "name", "name must not be empty"),
            (#"{"name":"long"}"#, "name", "name must have at most 3 characters, not 4"),
            (#"{"name":"x","someCount":11}"#, "someCount", "someCount must be between 1 and 10"),
            (#"{"name":"x","someCount":1.5}"#, "someCount", "someCount must be an integer, not 1.5"),
            (#"{"name":"x","isOpen":1}"#, "isOpen", "isOpen must be true or false, not a number"),
            (
                #"{"name":"x","isPaused":"perhaps"}"#, "isPaused",
                #"isPaused must be true or false (or yes/no, on/off, t/f, y/n, 1/0), not "perhaps""#
            ),
            (#"{"name":"x","isPaused":2}"#, "isPaused", "isPaused must be \(Bool.spelling), not a number"),
            (#"{"name":"x","code":"a"}"#, "code", "code must have at least 2 characters, not 1"),
            (#"{"name":"x","code":""}"#, "code", "code must have at least 2 characters, not 0"),
            (#"{"name":"x","someCount":"1"}"#, "someCount", "someCount must be an integer, not a string"),
            (#"{"name":"x","someCount":1e30}"#, "someCount", "someCount must be between 1 and 10"),
            (
                #"{"name":"x","releaseTime":"99999999999999999999"}"#, "releaseTime",
                "releaseTime must be between 0 and 9223372036854775807"
            ),
            (
                #"{"name":"x","releaseTime":"-1"}"#, "releaseTime",
                "releaseTime must be between 0 and 9223372036854775807"
            ),
            (#"{"name":"x","releaseTime":"1.5"}"#, "releaseTime", "releaseTime must be an integer, not a string"),
            (#"{"name":"x","releaseTime":""}"#, "releaseTime", "releaseTime must be an integer, not a string"),
            (#"{"name":"x","kind":1}"#, "kind", "kind must be one of A, B, not a number"),
            (#"{"name":"x","kind":"C"}"#, "kind", #"kind is "C", which is none of A, B"#),
            (
                #"{"name":"x","other":1}"#, "other",
                "other is not a known property; known are name, someCount, isOpen, isPaused, kind, note, code, "
                    + "releaseTime, parts"
            ),
            (
                #"{"name":"x","someCount":1,"some_count":1}"#, "someCount",
                "someCount is given twice, under two spellings"
            ),
            (#"{"name":"x","parts":[{}]}"#, "parts[0].id", "Missing parts[0].id"),
            (#"{"name":"x","parts":[1]}"#, "parts[0]", "parts[0] must be an object, not a number"),
            (
                #"{"name":"x","parts":[{"id":""},{"id":""},{"id":""}]}"#, "parts",
                "parts must have at most 2 elements, not 3"
            ),
            ("[]", "", "The body must be an object, not a list"),
        ])
    func refused(text: String, field: String, message: String) throws {
        let (_, problems) = try read(text)
        #expect(problems == [FieldProblem(field, message)])
    }

    @Test("all problems are told at once, those of one value as well")
    func allProblems() throws {
        let (_, problems) = try read(
            #"{"someCount":"x","kind":"C","code":"12345","parts":[{},{"x":1},{"id":"1"}],"unknown":1}"#)
        #expect(
            problems.map(\.field) == [
                "unknown", "name", "someCount", "kind", "code", "code", "parts", "parts[0].id", "parts[1].x",
                "parts[1].id",
            ])
    }

    @Test("what is right of a value is read beside what is wrong")
    func partly() throws {
        let (value, problems) = try read(#"{"name":"long","someCount":7,"parts":[{"id":"1","x":1}]}"#)
        #expect(value?.text == #"{"someCount":7,"parts":[{"id":"1"}]}"#)
        #expect(problems.concern("name") && problems.concern("parts[0]") && !problems.concern("someCount"))
    }

    @Test("a name that a client invents cannot flood the answer")
    func longNames() throws {
        let (_, problems) = try read(#"{"name":"x","\#(String(repeating: "y", count: 100_000))":1}"#)
        #expect(problems.first?.field.count == 64)
    }
}
