package import StrictCoding

/// The name of a rule as verdicts, audit and tests say it: the path of keys that leads to it in the policy.
package struct RuleName: Hashable, Sendable, CustomStringConvertible {
    package let text: ByteString

    package init(_ text: ByteString) {
        self.text = text
    }

    package var description: String { text.string }

    /// Methods that every authenticated caller may use.
    static let alwaysAllowed = RuleName("builtin.methods.always")
    /// Lists, which are open to every authenticated caller.
    static let lists = RuleName("builtin.methods.lists")
    /// Answers to what the server asked.
    static let responses = RuleName("builtin.responses")

    static func server(_ server: ByteString, _ parts: ByteString...) -> RuleName {
        var path = Array("servers.".utf8) + server.bytes
        for part in parts {
            path.append(UInt8(ascii: "."))
            path += part.bytes
        }
        return RuleName(ByteString(path))
    }

    static func implication(of scope: ByteString) -> RuleName {
        RuleName(ByteString(Array("scopes.".utf8) + scope.bytes + Array(".implies".utf8)))
    }
}
