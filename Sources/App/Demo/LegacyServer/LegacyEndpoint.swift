internal import HTTPCodec
internal import HTTPWire
internal import StrictCoding

/// An MCP endpoint as many are: revision 2025-06-18, streamable HTTP at `/mcp`, and no notion of who is calling.
///
/// One leniency beyond the specification: `tools/call` without `Mcp-Session-Id` is answered, so that one line of curl
/// is enough.
struct LegacyEndpoint<Toolbox: LegacyToolbox>: Sendable {
    private let tools: Toolbox
    private let effects: DemoEffects
    private let sessions: LegacySessions

    init(_ tools: Toolbox, effects: DemoEffects) {
        self.tools = tools
        self.effects = effects
        sessions = LegacySessions(effects: effects)
    }

    var service: Service {
        LoopbackGuard.around { request in
            guard request.pathBytes == "/mcp" else { return .notFound }
            if let refusal = checkRevision(request) { return refusal }
            switch request.method {
            case .post: return await post(request)
            case .get: return await listen(request)
            case .delete: return await end(request)
            default: return .methodNotAllowed("GET, POST, DELETE")
            }
        }
    }

    private func checkRevision(_ request: ServiceRequest) -> ServiceResponse? {
        let values = request.fields.all("mcp-protocol-version")
        guard !values.allSatisfy({ LegacyRevisions.spoken.contains(ByteString($0)) }) else { return nil }
        return refuse(.invalidRequest, "unsupported MCP-Protocol-Version")
    }

    // MARK: - POST

    private func post(_ request: ServiceRequest) async -> ServiceResponse {
        guard request.isJSON else {
            return refuse(.invalidRequest, "Content-Type must be application/json", status: 415)
        }
        guard let document = try? JSONDocument(parsing: request.body, limits: .message) else {
            return refuse(.parseError, "the body is not JSON")
        }
        guard let message = LegacyMessage(document.root) else {
            return refuse(.invalidRequest, "the body is not one JSON-RPC message")
        }
        switch message.kind {
        case .request(let id, "initialize"):
            return await initialize(message, id: id, request)
        case .request(let id, let method):
            let isCall = method == "tools/call"
            if let refusal = await checkSession(request, mayBeAbsent: isCall) { return refusal }
            return isCall ? await call(message, id: id) : answer(method, id: id)
        case .notification, .response:
            return await checkSession(request, mayBeAbsent: false) ?? .empty(202)
        }
    }

    private func initialize(_ message: LegacyMessage, id: [UInt8], _ request: ServiceRequest) async -> ServiceResponse {
        guard !request.fields.contains("mcp-session-id") else {
            return refuse(.invalidRequest, "this session is initialized already", id: id)
        }
        let wanted = message.params?["protocolVersion"]?.text
        var result = JSONWriter(reserving: 512)
        result.object {
            $0.member("protocolVersion", LegacyRevisions.spoken.first { $0 == wanted } ?? LegacyRevisions.spoken[0])
            $0.name("capabilities")
            $0.object {
                $0.name("tools")
                $0.object { $0.member("listChanged", false) }
            }
            $0.name("serverInfo")
            $0.object {
                $0.member("name", tools.name)
                $0.member("title", tools.title)
                $0.member("version", "1.0.0")
            }
        }
        let session = await sessions.open()
        return .json(LegacyMessage.result(result.bytes, id: id), fields: [("Mcp-Session-Id", session.string)])
    }

    private func answer(_ method: ByteString, id: [UInt8]) -> ServiceResponse {
        switch method {
        case "ping":
            return .json(LegacyMessage.result(Array("{}".utf8), id: id))
        case "tools/list":
            var result = JSONWriter(reserving: 2048)
            result.object {
                $0.name("tools")
                $0.array { for tool in Toolbox.Tool.allCases { tool.describe(to: &$0) } }
            }
            return .json(LegacyMessage.result(result.bytes, id: id))
        default:
            return .json(LegacyMessage.error(.methodNotFound, "no such method: \(method.quotable)", id: id))
        }
    }

    private func call(_ message: LegacyMessage, id: [UInt8]) async -> ServiceResponse {
        let name = message.params?["name"]?.text
        guard let tool = Toolbox.Tool.allCases.first(where: { ByteString($0.rawValue) == name }) else {
            return .json(LegacyMessage.error(.invalidParams, "no such tool", id: id))
        }
        let arguments: [ByteString: ByteString]
        do {
            arguments = try tool.read(message.params?["arguments"])
        } catch {
            return .json(LegacyMessage.error(.invalidParams, error.sentence, id: id))
        }
        switch await tools.call(tool, arguments) {
        case .result(let result):
            return .json(LegacyMessage.result(result.json, id: id))
        case .afterSteps(let steps, let milliseconds, let result):
            return await stepwise(steps, milliseconds, result, progressToken: message.progressToken, id: id)
        }
    }

    /// A stream of progress for the client that asked for it, otherwise one late answer.
    private func stepwise(
        _ steps: Int, _ milliseconds: Int, _ result: @escaping @Sendable () async -> ToolResult,
        progressToken: [UInt8]?, id: [UInt8]
    ) async -> ServiceResponse {
        guard let progressToken else {
            await effects.pause(steps * milliseconds)
            return .json(LegacyMessage.result(await result().json, id: id))
        }
        return .events(
            EventStream.messages(steps + 1, every: milliseconds, effects) { step in
                step <= steps
                    ? LegacyMessage.progress(step, of: steps, token: progressToken)
                    : LegacyMessage.result(await result().json, id: id)
            })
    }

    // MARK: - GET and DELETE

    private func listen(_ request: ServiceRequest) async -> ServiceResponse {
        if let refusal = await checkSession(request, mayBeAbsent: false) { return refusal }
        let session = Self.sessionID(request)
        return .events(
            EventStream.keepingAlive(effects) { [sessions] in
                guard let session else { return false }
                return await sessions.use(session)
            })
    }

    private func end(_ request: ServiceRequest) async -> ServiceResponse {
        if let refusal = await checkSession(request, mayBeAbsent: false) { return refusal }
        if let session = Self.sessionID(request) { await sessions.end(session) }
        return .empty(204)
    }

    // MARK: - Sessions

    /// 400 without a session, 404 for one that has ended, upon which the client starts anew.
    private func checkSession(_ request: ServiceRequest, mayBeAbsent: Bool) async -> ServiceResponse? {
        guard request.fields.contains("mcp-session-id") else {
            return mayBeAbsent ? nil : refuse(.invalidRequest, "Mcp-Session-Id is missing: call `initialize` first")
        }
        guard let session = Self.sessionID(request), await sessions.use(session) else {
            return refuse(.invalidRequest, "this session does not exist or has ended", status: 404)
        }
        return nil
    }

    private static func sessionID(_ request: ServiceRequest) -> ByteString? {
        request.fields.only("mcp-session-id").map { ByteString($0) }
    }

    private func refuse(
        _ code: LegacyMessage.ErrorCode, _ message: String, id: [UInt8]? = nil, status: Int = 400
    ) -> ServiceResponse {
        .json(LegacyMessage.error(code, message, id: id), status: status)
    }
}

/// The revisions of MCP that legacy servers speak, the one to propose first.
enum LegacyRevisions {
    static let spoken: [ByteString] = ["2025-06-18", "2025-03-26"]
}
