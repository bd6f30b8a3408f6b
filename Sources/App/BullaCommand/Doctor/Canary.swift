import Crypto
import HTTPCodec
import HTTPWire
import NIOCore
import Policy
import StrictCoding
import TLS

/// One tool call through the running gateway, as a client makes it: with the handshake of the server's era, and a trace
/// of its own by which its records are found again.
struct Canary {
    private static let callID: Int64 = 2
    private static let patience = TimeAmount.seconds(120)
    private static let mostBytes = 4 << 20

    let client: HTTPClient
    let server: Server
    /// The host of the public URL, which is the only one that the gateway answers to.
    let authority: ByteString
    let address: ListenAddress
    /// `nil` where clients speak plain HTTP.
    let security: UpstreamSecurity?
    let token: SecretBytes
    /// Of the call alone: 16 random bytes as hexadecimal digits. The handshake does not share it.
    let traceID: ByteString

    /// - Parameter trust: by whose word the gateway's certificate is believed.
    /// - Throws: where that is nobody's that can be read.
    init(
        client: HTTPClient, server: Server, policy: PolicySet, token: SecretBytes, trust: TrustAnchors = .system
    ) throws(CanaryFailure) {
        self.client = client
        self.server = server
        authority = policy.publicURL.authority
        address = policy.listen.clients.reachable
        self.token = token
        traceID = ByteString(Hex.encode(SystemRandom.bytes(16)))
        let host = policy.publicURL.host.text
        // The certificate is for the public name, whatever the address is at which this machine reaches the listener.
        guard policy.tls.clients != nil else {
            security = nil
            return
        }
        do {
            let tls = try ClientTLS(trust: trust).security
            security = UpstreamSecurity { channel, _ in tls.secure(channel, host) }
        } catch {
            throw .noAuthority(error.explanation)
        }
    }

    /// - Parameter arguments: a JSON object.
    func call(_ tool: ByteString, arguments: [UInt8]) async throws(CanaryFailure) -> CanaryAnswer {
        let opening = try await post(Self.initialize, [])
        let hello = CanaryAnswer.messages(in: opening.body, type: opening.type).first { $0["id"]?.integer == 1 }?[
            "result"]
        let response: FetchedResponse
        if opening.status == 200, let version = hello?["protocolVersion"]?.text,
            version.bytes.allSatisfy(\.isVisibleASCII)
        {
            response = try await callLegacy(tool, arguments, version, session: opening.fields.only("mcp-session-id"))
        } else {
            response = try await callModern(tool, arguments)
        }
        guard let answer = CanaryAnswer(response.body, type: response.type, id: Self.callID) else {
            throw .noAnswer(status: response.status)
        }
        return answer
    }

    // MARK: - Eras

    private typealias Fields = [(name: String, value: [UInt8])]

    private func callLegacy(
        _ tool: ByteString, _ arguments: [UInt8], _ version: ByteString, session: ArraySlice<UInt8>?
    ) async throws(CanaryFailure) -> FetchedResponse {
        var fields: Fields = [("MCP-Protocol-Version", version.bytes)]
        if let session { fields.append(("Mcp-Session-Id", Array(session))) }
        _ = try await post(Array(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.utf8), fields)
        let response = try await post(Self.call(tool, arguments, meta: false), fields + trace)
        if session != nil { _ = try? await send(.delete, fields, body: nil) }
        return response
    }

    private static let modernVersion = "2026-07-28"

    private func callModern(_ tool: ByteString, _ arguments: [UInt8]) async throws(CanaryFailure) -> FetchedResponse {
        let fields: Fields = [
            ("MCP-Protocol-Version", Array(Self.modernVersion.utf8)), ("Mcp-Method", Array("tools/call".utf8)),
            ("Mcp-Name", tool.bytes),
        ]
        return try await post(Self.call(tool, arguments, meta: true), fields + trace)
    }

    private var trace: Fields {
        [("traceparent", Array("00-\(traceID)-".utf8) + Hex.encode(SystemRandom.bytes(8)) + Array("-01".utf8))]
    }

    // MARK: - Messages

    private static let initialize =
        Array(
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"#
                .utf8
        ) + Array(#""clientInfo":{"name":"bulla-doctor","version":"1"}}}"#.utf8)

    private static func call(_ tool: ByteString, _ arguments: [UInt8], meta: Bool) -> [UInt8] {
        var writer = JSONWriter(reserving: arguments.count + 512)
        writer.object {
            $0.member("jsonrpc", "2.0")
            $0.member("id", callID)
            $0.member("method", "tools/call")
            $0.name("params")
            $0.object {
                $0.member("name", tool)
                $0.name("arguments")
                $0.raw(arguments)
                guard meta else { return }
                $0.name("_meta")
                $0.object {
                    $0.member("io.modelcontextprotocol/protocolVersion", modernVersion)
                    $0.name("io.modelcontextprotocol/clientInfo")
                    $0.raw(#"{"name":"bulla-doctor","version":"1"}"#.utf8)
                    $0.name("io.modelcontextprotocol/clientCapabilities")
                    $0.raw("{}".utf8)
                }
            }
        }
        return writer.bytes
    }

    // MARK: - HTTP

    private func post(_ message: [UInt8], _ fields: Fields) async throws(CanaryFailure) -> FetchedResponse {
        let response = try await send(.post, fields, body: message)
        guard let refusal = Self.refusal(in: response) else { return response }
        throw refusal
    }

    private func send(
        _ method: HTTPCodec.Method, _ fields: Fields, body: [UInt8]?
    ) async throws(CanaryFailure) -> FetchedResponse {
        var block = FieldBlock()
        let credential = Array("Bearer ".utf8) + token.withBytes { Array($0) }
        let common: Fields = [
            ("Host", authority.bytes), ("Authorization", credential), ("Content-Type", Array("application/json".utf8)),
            ("Accept", Array("application/json, text/event-stream".utf8)),
        ]
        do {
            for field in common + fields { try block.append(name: field.name.utf8, value: field.value) }
        } catch { preconditionFailure("token and names were checked to be visible ASCII") }
        let head = UpstreamHead(
            method: method, target: server.path.bytes, fields: block,
            endpoint: Endpoint(host: address.host.text, port: address.port, security: security), mayReplay: false)
        do {
            return try await client.fetch(head, body: body, deadline: Self.patience, maxBytes: Self.mostBytes)
        } catch .deadlinePassed {
            throw .timeout
        } catch .upstream(.tls(let fault)) {
            throw .gatewayUntrusted("https://\(address.text)", fault)
        } catch {
            throw .gatewayAbsent("\(security == nil ? "http" : "https")://\(address.text)")
        }
    }

    /// The gateway's own refusals are problem documents (RFC 9457), and challenges.
    private static func refusal(in response: FetchedResponse) -> CanaryFailure? {
        let root = (try? JSONDocument(parsing: response.body, limits: .document))?.root
        guard response.status >= 400 else { return nil }
        if let code = root?["title"]?.text, root?["type"]?.text?.hasPrefix("urn:eie:error:") == true {
            return .refused(
                status: response.status, code: CanaryAnswer.shown(code),
                detail: CanaryAnswer.shown(root?["detail"]?.text ?? ""))
        }
        if let error = root?["error"], let code = error["data"]?["code"]?.text {
            return .refused(
                status: response.status, code: CanaryAnswer.shown(code),
                detail: CanaryAnswer.shown(error["message"]?.text ?? ""))
        }
        return response.status == 401 ? .refused(status: 401, code: "unauthorized", detail: "") : nil
    }
}

extension FetchedResponse {
    fileprivate var type: [UInt8] { fields.first("content-type").map { Array($0) } ?? [] }
}
