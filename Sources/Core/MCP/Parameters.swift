import StrictCoding

/// What the gateway needs to know of `params`.
struct Parameters {
    /// The object in `params._meta`; nil when absent.
    let meta: JSONValue?
    let name: ByteString?
    /// The object in `params.arguments`; nil when absent.
    let arguments: JSONValue?
    let trace: TraceMetadata

    init(_ frame: Frame) throws(MessageRefusal) {
        guard let params = frame.params, params.kind == .object else {
            try Parameters.refuseReserved(in: frame.result?["_meta"])
            meta = nil
            name = try Parameters.name(of: frame)
            arguments = nil
            trace = .none
            return
        }
        try Lookalikes.refuse(in: params, of: Parameters.names)
        let meta = params["_meta"]
        if let meta, meta.kind != .object { throw MessageRefusal(.invalidParams("`_meta` must be an object")) }
        try Parameters.refuseReserved(in: meta)
        self.meta = meta
        name = try Parameters.name(of: frame)
        arguments = try Parameters.arguments(of: params)
        trace = meta.map { TraceMetadata(of: $0) } ?? .none
    }

    private static let names = Lookalikes(["name", "uri", "arguments", "_meta"])

    private static func refuseReserved(in meta: JSONValue?) throws(MessageRefusal) {
        guard let meta else { return }
        for name in meta.names {
            if let key = name.text, ReservedMetadata.claims(key) { throw MessageRefusal(.reservedMetadata(key)) }
        }
    }

    /// What the method is about, for the methods that are about something.
    private static func name(of frame: Frame) throws(MessageRefusal) -> ByteString? {
        guard let method = frame.method else { return nil }
        let value: JSONValue?
        switch Subject.of(method)?.member {
        case .name: value = frame.params?["name"]
        case .uri: value = frame.params?["uri"]
        case nil: return nil
        }
        guard let name = value?.text, name.count <= MessageLimits.nameBytes, !name.bytes.contains(0) else {
            throw MessageRefusal(.invalidParams("`name` or `uri` must be a string of at most 2048 bytes without NUL"))
        }
        return name
    }

    private static func arguments(of params: JSONValue) throws(MessageRefusal) -> JSONValue? {
        guard let arguments = params["arguments"] else { return nil }
        guard arguments.kind == .object else { throw MessageRefusal(.invalidParams("`arguments` must be an object")) }
        return arguments
    }
}

/// What a method is about, and which member of `params` says so.
struct Subject {
    enum Member {
        case name
        case uri
    }

    let member: Member
    /// Whether `Mcp-Name` mirrors it (2026-07-28, "Standard Request Headers").
    let isMirrored: Bool

    /// The subject of `method`; nil when it has none.
    static func of(_ method: ByteString) -> Subject? { subjects[method] }

    private static let subjects: [ByteString: Subject] = [
        "tools/call": Subject(member: .name, isMirrored: true),
        "prompts/get": Subject(member: .name, isMirrored: true),
        "resources/read": Subject(member: .uri, isMirrored: true),
        "resources/subscribe": Subject(member: .uri, isMirrored: false),
        "resources/unsubscribe": Subject(member: .uri, isMirrored: false),
    ]
}
