import CYAML

/// libyaml's event parser over bytes in memory; borrowed C pointers stay inside this file.
struct YAMLParser: ~Copyable {
    enum Event {
        case streamEnd
        case documentStart
        case mappingStart(Properties)
        case mappingEnd
        case listStart(Properties)
        case listEnd
        case scalar(String, isPlain: Bool, Properties)
        case alias(String)
        /// Events that carry nothing for a configuration.
        case other
    }

    struct Properties {
        let anchor: String?
        let tag: String?
    }

    struct Place {
        /// Counted from 1.
        let line: Int
        let column: Int

        init(_ mark: yaml_mark_t) {
            line = mark.line + 1
            column = mark.column + 1
        }
    }

    struct SyntaxError: Error {
        let message: String
        let place: Place?
        /// For errors of the reader, which knows only bytes.
        let offset: Int
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>

    /// - Parameter bytes: UTF-8, valid for as long as the parser is used.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        // Only now: an initialiser that fails behind its last property runs `deinit`.
        self.parser = parser
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func next() throws(SyntaxError) -> (event: Event, place: Place) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        return (Self.decode(event), Place(event.start_mark))
    }

    private var failure: SyntaxError {
        let what = parser.pointee.problem.map { String(cString: $0) } ?? "not enough memory"
        let context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
        let isPlaced = parser.pointee.error == YAML_SCANNER_ERROR || parser.pointee.error == YAML_PARSER_ERROR
        return SyntaxError(
            message: what + context, place: isPlaced ? Place(parser.pointee.problem_mark) : nil,
            offset: parser.pointee.problem_offset)
    }

    private static func decode(_ event: yaml_event_t) -> Event {
        switch event.type {
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(properties(event.data.mapping_start.anchor, event.data.mapping_start.tag))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_SEQUENCE_START_EVENT:
            return .listStart(properties(event.data.sequence_start.anchor, event.data.sequence_start.tag))
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(
                decoding: UnsafeBufferPointer(start: UnsafePointer(scalar.value), count: scalar.length), as: UTF8.self)
            return .scalar(
                text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, properties(scalar.anchor, scalar.tag))
        case YAML_ALIAS_EVENT: return .alias(event.data.alias.anchor.map { String(cString: $0) } ?? "")
        default: return .other
        }
    }

    private static func properties(_ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?)
        -> Properties
    {
        Properties(anchor: anchor.map { String(cString: $0) }, tag: tag.map { String(cString: $0) })
    }
}
