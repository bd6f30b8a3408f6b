import ArgumentParser
import Crypto
import Gateway
import Identity
import Policy
import Stores
import StrictCoding

struct EgressURLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "egress-url",
        abstract: "Print the base URL under which a server calls a service through the gateway.",
        discussion: """
            Put it where the server's configuration has the API's own base URL. The
            first segment of its path is a secret by which the gateway recognises the
            server: whoever has it, and an envelope of that server, can call the
            service. A server that the gateway launches gets its own in `${egress}`.

            Example:
              export ORDERS_API_URL=$(bulla egress-url policy.yaml orders-mcp orders_api)
            """)

    @Argument(help: "The policy file.", completion: .file(extensions: ["yaml", "yml"]))
    var policy: String

    @Argument(help: "The server's name in the policy.")
    var server: String

    @Argument(help: "The service's name in the policy.")
    var service: String

    @Flag(help: "Make a new secret first. The one before is accepted for a day more.")
    var rotate = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let checked = try CheckedPolicy.load(policy)
        let now = SystemClock.now()
        do {
            let caller = try EgressCaller(server, calling: service, in: checked)
            let secrets = try secrets(of: caller, checked, now)
            let url = EgressAddress.url(
                secrets.current, service: caller.service, listen: checked.listen.egress,
                isTLS: checked.tls.egress != nil)
            print(json ? document(url, caller, secrets) : url)
            if let until = secrets.previous?.until {
                printError("note: the URL before it is accepted until \(SystemClock.text(until))")
            }
            if rotate { printError("note: a running gateway knows the new one within a minute") }
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
    }

    private func secrets(of caller: EgressCaller, _ checked: PolicySet, _ now: UnixTime) throws -> PresenterSecrets {
        switch caller.presenter {
        case .given(let reference):
            if rotate { throw EgressCallerMistake.secretIsGiven(reference) }
            return PresenterSecrets(current: try CheckedPolicy.secrets(of: checked, besides: policy).secret(reference))
        case .generated:
            let keys = try KeyDirectory.open(PolicyFile.resolve(checked.keys.directory, besides: policy), now: now)
            if rotate { return try keys.rotatePresenter(caller.server, now: now) }
            guard let secrets = try keys.presenterSecrets(for: [caller.server], now: now)[caller.server] else {
                preconditionFailure("a server that is asked for has a secret")
            }
            return secrets
        }
    }

    private func document(_ url: String, _ caller: EgressCaller, _ secrets: PresenterSecrets) -> String {
        var writer = JSONWriter()
        writer.object {
            $0.member("server", caller.server)
            $0.member("service", caller.service)
            $0.member("url", url)
            if let until = secrets.previous?.until { $0.member("previous_accepted_until", until.seconds) }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// A server that runs already and may call a service.
struct EgressCaller {
    let server: ByteString
    let service: ByteString
    let presenter: Server.Presenter

    init(_ server: String, calling service: String, in policy: PolicySet) throws(EgressCallerMistake) {
        guard let known = policy.servers.first(where: { $0.name == ByteString(server) }) else {
            throw .unknownServer(server, known: policy.servers.map(\.name))
        }
        let services = known.services.map { policy.services[$0].name }
        guard services.contains(ByteString(service)) else { throw .notItsService(service, of: server, its: services) }
        if case .launch = known.endpoint { throw .launched(server, service: service) }
        self.server = known.name
        self.service = ByteString(service)
        presenter = known.presenter
    }
}

enum EgressCallerMistake: Error, CustomStringConvertible {
    case unknownServer(String, known: [ByteString])
    case notItsService(String, of: String, its: [ByteString])
    case launched(String, service: String)
    case secretIsGiven(SecretReference)

    var description: String {
        switch self {
        case .unknownServer(let name, let known):
            "the policy has no server `\(name)`; it has \(Self.list(known))"
        case .notItsService(let name, let server, let its):
            "`\(name)` is not among the `services` of `\(server)`; these are \(Self.list(its))"
        case .launched(let server, let service):
            """
            `\(server)` is launched by the gateway, and each process gets a URL of its own
              help: write the variable under `servers.\(server).launch.env`, such as ORDERS_API_URL: "${egress}/\(service)"
            """
        case .secretIsGiven(let reference):
            "the policy gives the secret (`\(reference.text)`); change it there"
        }
    }

    private static func list(_ names: [ByteString]) -> String {
        names.isEmpty ? "none" : names.map { "`\($0)`" }.joined(separator: ", ")
    }
}

/// Where servers reach the gateway's egress from this machine.
enum EgressAddress {
    static func url(_ secret: SecretBytes, service: ByteString, listen: ListenAddress, isTLS: Bool = false) -> String {
        let text = secret.withBytes { String(decoding: $0, as: UTF8.self) }
        return "\(isTLS ? "https" : "http")://\(listen.reachable.text)/\(text)/\(service)"
    }
}

extension ListenAddress {
    /// An address at which a listener answers on this machine: loopback for one that listens everywhere.
    var reachable: ListenAddress {
        switch host {
        case .v4 where host.isUnspecified: ListenAddress(host: .v4([127, 0, 0, 1]), port: port)
        case .v6 where host.isUnspecified:
            ListenAddress(host: .v6([UInt8](repeating: 0, count: 15) + [1]), port: port)
        case .v4, .v6: self
        }
    }
}
