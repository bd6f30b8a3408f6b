internal import StrictCoding

/// One tool of a legacy server: what it is called, what it wants, and what it is said to do. All arguments are strings
/// and required.
protocol LegacyTool: RawRepresentable<String>, CaseIterable, Sendable {
    var description: String { get }
    var arguments: [(name: ByteString, description: String)] { get }
    var isReadOnly: Bool { get }
}

/// A sentence about what is wrong with a call's arguments.
struct ArgumentMistake: Error, Equatable {
    let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }
}

extension LegacyTool {
    /// The entry of this tool in `tools/list`.
    func describe(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", rawValue)
            $0.member("description", description)
            $0.name("inputSchema")
            $0.object {
                $0.member("type", "object")
                $0.name("properties")
                $0.object {
                    for argument in arguments {
                        $0.name(escaping: argument.name)
                        $0.object {
                            $0.member("type", "string")
                            $0.member("description", argument.description)
                        }
                    }
                }
                $0.member("required", array: arguments.map(\.name))
                $0.member("additionalProperties", false)
            }
            $0.name("annotations")
            $0.object {
                $0.member("readOnlyHint", isReadOnly)
                $0.member("destructiveHint", !isReadOnly)
                $0.member("openWorldHint", false)
            }
        }
    }

    /// The arguments' values by name.
    func read(_ arguments: JSONValue?) throws(ArgumentMistake) -> [ByteString: ByteString] {
        guard let members = arguments?.members else { throw ArgumentMistake("`arguments` must be an object") }
        var values: [ByteString: ByteString] = [:]
        for (name, value) in members {
            guard self.arguments.contains(where: { $0.name == name }) else {
                throw ArgumentMistake("`\(rawValue)` has no such argument: `\(name.quotable)`")
            }
            guard let text = value.text else { throw ArgumentMistake("`\(name)` must be a string") }
            values[name] = text
        }
        if let missing = self.arguments.first(where: { values[$0.name] == nil }) {
            throw ArgumentMistake("`\(missing.name)` is missing")
        }
        return values
    }
}
