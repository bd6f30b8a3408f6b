import MCP
import StrictCoding

/// Header fields as a test writes them.
struct Fields: Sendable, CustomStringConvertible {
    var version: [String] = []
    var method: [String] = []
    var name: [String] = []

    static let none = Fields()

    static func modern(_ method: String, _ name: String? = nil) -> Fields {
        Fields(version: ["2026-07-28"], method: [method], name: name.map { [$0] } ?? [])
    }

    static func legacy(_ version: String) -> Fields { Fields(version: [version]) }

    var routing: RoutingHeaders {
        RoutingHeaders(
            protocolVersion: version.map { Array($0.utf8)[...] },
            method: method.map { Array($0.utf8)[...] },
            name: name.map { Array($0.utf8)[...] })
    }

    var description: String { "\(version) \(method) \(name)" }
}

func inspect(_ body: String, _ fields: Fields = .none) throws(MessageRefusal) -> Message {
    try MessageInspector.inspect(Array(body.utf8), headers: fields.routing, limits: .message)
}

func refusal(of body: String, _ fields: Fields = .none) -> MessageRefusal? {
    do {
        _ = try inspect(body, fields)
        return nil
    } catch {
        return error
    }
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// `_meta` members of a modern request.
let modernMeta =
    #""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}"#

func modernCall(_ name: String, method: String = "tools/call", member: String = "name") -> String {
    #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"\#(member)":"\#(name)","_meta":{\#(modernMeta)}}}"#
}
