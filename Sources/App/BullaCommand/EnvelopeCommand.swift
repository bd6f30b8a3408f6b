import ArgumentParser
import Foundation
import Gateway
import HTTPWire
import Identity
import JOSE
import NIOPosix
import Policy
import StrictCoding

struct EnvelopeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "envelope", abstract: "Read and verify Execution Identity Envelopes.",
        subcommands: [Decode.self, Verify.self])

    struct Decode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "decode",
            abstract: "Show what an envelope says, without verifying it.",
            discussion: """
                Anybody can write such a text: `bulla envelope verify` before believing it.

                Example:
                  bulla envelope decode eyJhbGciOiJFUzI1NiIsInR5cCI6InR4bnRva2VuK2p3dCIs…
                """)

        @Argument(help: "The envelope, or - to read it from standard input.")
        var envelope: String

        func run() async throws {
            let bytes = try EnvelopeInput.bytes(envelope)
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard parts.count == 3, let header = try? Base64URL.decode(parts[0]),
                let payload = try? Base64URL.decode(parts[1]),
                (try? JSONDocument(parsing: header, limits: .header)) != nil,
                (try? JSONDocument(parsing: payload, limits: .token)) != nil
            else {
                printError("error: this is not a compact JWS with JSON in it")
                throw ExitCode(1)
            }
            printError("note: not verified")
            print(
                #"{"header":\#(String(decoding: header, as: UTF8.self)),"payload":\#(String(decoding: payload, as: UTF8.self))}"#
            )
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Verify an envelope against a gateway's published keys and show it.",
            discussion: """
                Checks signature, issuer, audience, times, limits, and that the envelope
                does not contradict itself, as a server behind the gateway should.
                Exit status: 0 it holds, 1 it does not, 2 there are no keys to check it.

                Example:
                  bulla envelope verify --issuer http://127.0.0.1:8080 \
                    --server orders-mcp eyJhbGciOiJFUzI1NiIs…
                """)

        @Argument(help: "The envelope, or - to read it from standard input.")
        var envelope: String

        @Option(help: "The gateway's public_url.")
        var issuer: String

        @Option(help: "The server's name in the policy.")
        var server: String

        @Option(help: "The JWKS: a file or an http URL. The default is ISSUER/.well-known/jwks.json.")
        var jwks: String?

        @Option(help: "Check the times against this moment, in seconds since 1970.")
        var at: Int64?

        @Flag(help: "Print compact JSON.")
        var json = false

        func validate() throws {
            if let at, !SystemClock.writable.contains(at) {
                throw ValidationError("--at takes seconds since 1970, at most \(SystemClock.writable.upperBound)")
            }
        }

        func run() async throws {
            let bytes = try EnvelopeInput.bytes(envelope)
            let keys: KeySet
            do {
                keys = try KeySet(parsing: try await EnvelopeInput.keys(jwks ?? issuer + "/.well-known/jwks.json"))
            } catch let error as KeySetError {
                printError("error: the key set is unusable: \(error.code)")
                throw ExitCode(2)
            }
            do throws(EnvelopeRefusal) {
                let verified = try UnverifiedEnvelope(compact: bytes).verify(
                    keys: keys, issuer: ByteString(issuer),
                    audience: EnvelopeClaims.audience(issuer: ByteString(issuer), id: ByteString(server)),
                    now: at.map { UnixTime(seconds: $0) } ?? SystemClock.now(), leeway: 30)
                print(
                    String(
                        decoding: json ? Projection.json(of: verified) : Projection.indentedJSON(of: verified),
                        as: UTF8.self))
            } catch {
                printError("error: the envelope does not hold: \(error.code) (\(error))")
                throw ExitCode(1)
            }
        }
    }
}

/// Where the envelope commands get their input.
enum EnvelopeInput {
    static func bytes(_ argument: String) throws -> [UInt8] {
        guard argument == "-" else { return Array(argument.utf8) }
        let input = FileHandle.standardInput.readData(ofLength: 64 << 10)
        return Array(input).filter { !($0 == 0x0A || $0 == 0x0D || $0 == 0x20) }
    }

    static func keys(_ place: String) async throws -> [UInt8] {
        guard place.hasPrefix("http://") || place.hasPrefix("https://") else {
            guard let data = try? Data(contentsOf: URL(fileURLWithPath: place)) else {
                printError("error: `\(place)` cannot be read")
                throw ExitCode(2)
            }
            return Array(data)
        }
        guard let url = try? HTTPURL(parsing: ByteString(place)), url.scheme == .http else {
            printError("error: `\(place)` is not an http URL; save the document and name the file")
            throw ExitCode(2)
        }
        let client = HTTPClient(eventLoop: MultiThreadedEventLoopGroup.singleton.any())
        let head = UpstreamHead(
            method: .get, target: url.path.isEmpty ? [0x2F] : url.path.bytes,
            endpoint: Endpoint(host: url.host.text, port: url.port))
        let answer = try? await client.fetch(head, deadline: .seconds(5), maxBytes: KeySet.documentBytes)
        await client.shutdown()
        guard let answer, answer.status == 200 else {
            printError("error: `\(place)` does not answer with a document; is the gateway running?")
            throw ExitCode(2)
        }
        return answer.body
    }
}
