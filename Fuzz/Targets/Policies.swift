import Admission
import HTTPCodec
import Policy
import StrictCoding

/// Policy files: any bytes are a policy or diagnostics, always the same, and a policy is one that the gateway can run
/// with.
enum Policies {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let first = compile(input)
        let second = compile(input)
        try promise(first.diagnostics == second.diagnostics, "other diagnostics the second time")
        let hasErrors = first.diagnostics.contains { $0.severity == .error }
        try promise((first.policy == nil) == hasErrors, "\(hasErrors ? "a policy with" : "neither policy nor") errors")
        try promise((second.policy == nil) == (first.policy == nil), "another outcome the second time")
        for diagnostic in first.diagnostics { try check(diagnostic) }
        if let policy = first.policy { try check(policy) }
    }

    private static func compile(_ input: [UInt8]) -> PolicyCompilation {
        PolicyCompiler.compile(PolicySource(name: "fuzz.yaml", bytes: input))
    }

    private static func check(_ diagnostic: Diagnostic) throws(BrokenPromise) {
        try promise(diagnostic.line >= 1 && diagnostic.column >= 1, "nowhere: \(diagnostic.rendered)")
        for text in [diagnostic.message, diagnostic.help ?? ""] {
            let isClean = !text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
            try promise(isClean, "a control character in \(Array(text.utf8).shown)")
            try promise(text.utf8.count < 2_000, "a message of \(text.utf8.count) bytes")
        }
        var writer = JSONWriter()
        diagnostic.write(to: &writer)
        let written = try? JSONDocument(parsing: writer.bytes, limits: .document)
        try promise(written?.root["message"]?.text == ByteString(diagnostic.message), "it cannot be written")
    }

    /// What a gateway takes for granted of a policy that was checked.
    private static func check(_ policy: PolicySet) throws(BrokenPromise) {
        let epoch: Epoch
        do { epoch = try World.epoch(policy) } catch { throw BrokenPromise("no gateway can run it: \(error)") }
        try promise(policy.envelope.lifetimeSeconds <= 300, "envelopes that live for long")
        for (index, server) in policy.servers.enumerated() {
            try checkPath(server.path)
            try promise(epoch.routes.route(server.path) == .server(index), "no way to server `\(server.name)`")
            try promise(server.issuers.allSatisfy(policy.issuers.indices.contains), "an issuer that is not there")
            try promise(server.services.allSatisfy(policy.services.indices.contains), "a service that is not there")
            if case .upstream(let url) = server.endpoint { try checkHost(of: url) }
        }
        for service in policy.services {
            try checkHost(of: service.url)
            for rule in service.allow {
                for pattern in rule.paths where !pattern.text.bytes.contains(UInt8(ascii: "*")) {
                    try checkPath(pattern.text)
                }
            }
        }
        for client in policy.clients {
            try promise(policy.issuers.indices.contains(client.issuer), "a client of nobody")
        }
    }

    /// A call with this path must come out as the policy has it, or the rule can never match.
    private static func checkPath(_ path: ByteString) throws(BrokenPromise) {
        let target = try? Target(parsing: path.bytes, host: nil)
        try promise(target?.path == path && target?.query == nil, "no call can have the path \(path)")
    }

    private static func checkHost(of url: HTTPURL) throws(BrokenPromise) {
        let authority = try? Authority(parsing: url.authority.bytes)
        try promise(authority?.host == url.host.bracketed, "no Host can name \(url.authority)")
        try promise(url.path.bytes.allSatisfy { $0.isVisibleASCII }, "an unclean path")
    }
}
