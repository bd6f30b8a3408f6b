import Crypto
import Foundation
import Policy
import StrictCoding

/// The environment of one house's instances. Of the gateway's own only five variables pass: everything else may be a
/// secret of the gateway's.
struct InstanceEnvironment: Sendable {
    /// A piece of a value.
    enum Part: Sendable {
        case text(ByteString)
        case secret(SecretBytes)
    }

    struct Variable: Sendable {
        let name: ByteString
        let value: [Part]
    }

    static let inherited = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"]
    static let placeholder = Array("${egress}".utf8)

    private let settings: LaunchSettings
    private let secrets: PolicySecrets
    private let egressBase: ByteString
    private let own: [(ByteString, ByteString)]

    /// - Parameters:
    ///   - home: of the user as whom the instances run, if that is not the gateway's.
    ///   - own: the gateway's environment.
    init(
        settings: LaunchSettings, secrets: PolicySecrets, egressBase: String, home: ByteString? = nil,
        own: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.settings = settings
        self.secrets = secrets
        self.egressBase = ByteString(egressBase)
        var inherited = Self.inherited.compactMap { name in own[name].map { (ByteString(name), ByteString($0)) } }
        if let home {
            inherited.removeAll { $0.0 == "HOME" }
            inherited.append(("HOME", home))
        }
        self.own = inherited
    }

    /// The gateway's five, then the policy's, then the port; of two with one name the later one holds.
    func variables(secret: InstanceSecret, port: Int) -> [Variable] {
        var variables: [Variable] = []
        func set(_ name: ByteString, _ value: [Part]) {
            variables.removeAll { $0.name == name }
            variables.append(Variable(name: name, value: value))
        }
        for (name, value) in own { set(name, [.text(value)]) }
        for (name, value) in settings.environment {
            switch value {
            case .text(let text): set(name, filled(text, secret: secret))
            case .secret(let reference): set(name, [.secret(secrets.secret(reference))])
            }
        }
        set(settings.portVariable, [.text(ByteString(String(port)))])
        return variables
    }

    /// The text, with the instance's egress base URL in each `${egress}`.
    private func filled(_ text: ByteString, secret: InstanceSecret) -> [Part] {
        var parts: [Part] = []
        var rest = text.bytes[...]
        while let at = rest.firstRange(of: Self.placeholder) {
            let before = Array(rest.prefix(upTo: at.lowerBound))
            parts += [.text(ByteString(before)), .text(egressBase), .text("/"), .secret(secret.text)]
            rest = rest.suffix(from: at.upperBound)
        }
        return parts + [.text(ByteString(rest))]
    }
}

extension [InstanceEnvironment.Variable] {
    /// PATH as the program will see it.
    var searchPath: ByteString? {
        first { $0.name == "PATH" }.map { variable in
            ByteString(
                variable.value.flatMap { part -> [UInt8] in
                    if case .text(let text) = part { text.bytes } else { [] }
                })
        }
    }
}
