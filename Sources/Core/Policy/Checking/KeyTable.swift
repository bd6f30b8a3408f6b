import StrictCoding

/// One key that the policy language knows.
struct Key: Sendable {
    enum Standing: Sendable {
        case optional
        case required
        /// Required where the other key, which does the same in another way, is not written.
        case requiredUnless(String)
        /// Known and described, but its feature does not exist yet: using it is an error. The text says what to do
        /// meanwhile.
        case unbuilt(help: String)
    }

    let name: String
    let standing: Standing

    static func optional(_ name: String) -> Key { Key(name: name, standing: .optional) }
    static func required(_ name: String) -> Key { Key(name: name, standing: .required) }
    static func required(_ name: String, unless other: String) -> Key {
        Key(name: name, standing: .requiredUnless(other))
    }
    static func unbuilt(_ name: String, _ help: String) -> Key { Key(name: name, standing: .unbuilt(help: help)) }

    /// What a mapping without it has, as the end of a sentence.
    var absence: String {
        guard case .requiredUnless(let other) = standing else { return "no `\(name)`" }
        return "neither `\(name)` nor `\(other)`"
    }

    /// Whether a mapping with the keys `written` lacks this one.
    func isMissed(among written: Set<String>) -> Bool {
        switch standing {
        case .optional, .unbuilt: false
        case .required: true
        case .requiredUnless(let other): !written.contains(other)
        }
    }
}

/// All keys of one kind of mapping.
struct KeyTable: Sendable {
    /// Where such mappings stand, with `*` for a name of the author's: `servers.*.tools.*`.
    let path: String
    let keys: [Key]

    init(_ path: String, _ keys: [Key]) {
        self.path = path
        self.keys = keys
    }

    func key(_ name: ByteString) -> Key? {
        keys.first { name.bytes.elementsEqual($0.name.utf8) }
    }

    var names: [ByteString] { keys.map { ByteString($0.name) } }
}
