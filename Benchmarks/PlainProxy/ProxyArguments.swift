import HTTPCodec
import StrictCoding

/// What the command line says: `--listen HOST:PORT --upstream HOST:PORT [--loops N]`.
struct ProxyArguments {
    /// A host and a port, both given.
    struct Place: CustomStringConvertible {
        let host: ByteString
        let port: Int

        var description: String { "\(host.string):\(port)" }
    }

    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    let listen: Place
    let upstream: Place
    let loops: Int

    init(_ arguments: some Sequence<String>) throws(Fault) {
        var values: [String: String] = [:]
        var name: String?
        for argument in arguments {
            if let known = name {
                values[known] = argument
                name = nil
            } else if ["--listen", "--upstream", "--loops"].contains(argument) {
                name = argument
            } else {
                throw Fault(description: "unknown argument `\(argument)`; \(Self.usage)")
            }
        }
        if let name { throw Fault(description: "`\(name)` needs a value; \(Self.usage)") }
        listen = try Self.place(values["--listen"], "--listen")
        upstream = try Self.place(values["--upstream"], "--upstream")
        guard let loops = Int(values["--loops"] ?? "1"), (1...64).contains(loops) else {
            throw Fault(description: "`--loops` is a number from 1 to 64")
        }
        self.loops = loops
    }

    private static let usage = "usage: PlainProxy --listen HOST:PORT --upstream HOST:PORT [--loops N]"

    private static func place(_ text: String?, _ name: String) throws(Fault) -> Place {
        guard let text, let authority = try? Authority(parsing: text.utf8), let port = authority.port else {
            throw Fault(description: "`\(name)` is a host and a port; \(usage)")
        }
        let host = authority.host
        let isLiteral = host.bytes.first == UInt8(ascii: "[")
        return Place(host: isLiteral ? ByteString(host.bytes.dropFirst().dropLast()) : host, port: port)
    }
}
