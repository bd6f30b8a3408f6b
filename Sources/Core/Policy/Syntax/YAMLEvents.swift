// libyaml itself, the C half of the Yams package, and not Yams' `compose`. Composing would stop at the first mapping
// with duplicate keys (an author should see all mistakes at once), expand aliases before anyone can refuse them (a bomb
// is then already in memory and in the hash of every key), recurse as deep as the text says, and compare keys by
// Unicode equivalence. Events have none of these.
import CYaml
import StrictCoding

/// libyaml's events for one text. One pass, no recursion, no alias expansion.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private var hasFailed = false

    /// `bytes` must be UTF-8.
    init(_ bytes: [UInt8]) {
        input = .allocate(capacity: max(bytes.count, 1))
        _ = input.update(fromContentsOf: bytes)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        precondition(yaml_parser_initialize(parser) == 1, "libyaml has memory for a parser")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event. After a fault every further call throws it again; after the end of the stream, call no more.
    mutating func next() throws(YAMLFault) -> YAMLEvent {
        var event = yaml_event_t()
        guard !hasFailed, yaml_parser_parse(parser, &event) == 1 else {
            hasFailed = true
            throw fault
        }
        defer { yaml_event_delete(&event) }
        return Self.read(event)
    }

    private static func read(_ event: yaml_event_t) -> YAMLEvent {
        let place = Place(line: event.start_mark.line + 1, column: event.start_mark.column + 1)
        switch event.type {
        case YAML_STREAM_START_EVENT, YAML_NO_EVENT:
            return YAMLEvent(kind: .streamStart, place: place)
        case YAML_DOCUMENT_START_EVENT:
            let start = event.data.document_start
            let hasDirectives =
                start.version_directive != nil || start.tag_directives.start != start.tag_directives.end
            return YAMLEvent(kind: .documentStart(hasDirectives: hasDirectives), place: place)
        case YAML_DOCUMENT_END_EVENT:
            return YAMLEvent(kind: .documentEnd, place: place)
        case YAML_ALIAS_EVENT:
            return YAMLEvent(kind: .alias, place: place)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = ByteString(Array(UnsafeBufferPointer(start: scalar.value, count: scalar.length)))
            return YAMLEvent(
                kind: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), place: place,
                hasAnchor: scalar.anchor != nil, hasTag: scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return YAMLEvent(
                kind: .listStart, place: place, hasAnchor: start.anchor != nil, hasTag: start.tag != nil)
        case YAML_SEQUENCE_END_EVENT:
            return YAMLEvent(kind: .listEnd, place: place)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return YAMLEvent(
                kind: .mappingStart, place: place, hasAnchor: start.anchor != nil, hasTag: start.tag != nil)
        case YAML_MAPPING_END_EVENT:
            return YAMLEvent(kind: .mappingEnd, place: place)
        default:
            return YAMLEvent(kind: .streamEnd, place: place)
        }
    }

    /// libyaml's own words, which are lower case and without a full stop as ours are.
    private var fault: YAMLFault {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "the text cannot be read"
        if state.error == YAML_READER_ERROR {
            // The reader knows an offset only.
            let place = Place(offset: state.problem_offset, in: Array(input))
            return YAMLFault(place: place, message: "this is not YAML: \(problem)")
        }
        let place = Place(line: state.problem_mark.line + 1, column: state.problem_mark.column + 1)
        guard let context = state.context else {
            return YAMLFault(place: place, message: "this is not YAML: \(problem)")
        }
        return YAMLFault(place: place, message: "this is not YAML: \(problem) \(String(cString: context))")
    }
}
