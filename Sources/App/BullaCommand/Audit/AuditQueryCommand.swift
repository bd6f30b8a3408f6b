import ArgumentParser
import AuditReading
import StrictCoding

struct AuditQueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Find records: who did what, as whom, and what was decided.",
        discussion: """
            All conditions must hold. Names are compared byte by byte. A search proves
            nothing about the log: `bulla audit verify` first.
            WHO says on whose behalf: `alice via agent_456 (on_behalf_of)` is the agent,
            acting for the user. A `?` means that a part of it is estimated.
            Exit status: 0 also where nothing is found, 1 where lines that were searched
            are no records, 2 where the log cannot be read.

            Examples:
              bulla audit query policy.yaml --actor alice --since 2h
              bulla audit query policy.yaml --event egress --service orders_api \\
                --since 2026-11-23T08:00:00Z --until 2026-11-23T09:00:00Z
              bulla audit query logs/ --txn 01KAVQ8Z0J7Z2G5S4N3M1K0H9F --json
            """)

    @OptionGroup var places: AuditPlaces
    @OptionGroup var search: AuditSearch

    @Option(help: "Print at most so many records, the earliest first.")
    var limit: Int?

    @Option(help: "Print these members of the records only, separated by commas.")
    var fields: String?

    @Flag(help: "Print how many there are.")
    var count = false

    @Flag(help: "Print the records' own lines, byte for byte.")
    var json = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
        if count, limit != nil || fields != nil { throw ValidationError("--count prints a number and nothing else") }
        guard let fields else { return }
        let names = fields.split(separator: ",").map { String($0) }
        if names.isEmpty { throw ValidationError("--fields takes names") }
        if let unknown = names.first(where: { !KnownWords.fields.contains($0) }) {
            throw ValidationError(
                "records have no `\(unknown)`; they have \(KnownWords.fields.joined(separator: ", "))")
        }
    }

    func run() async throws {
        let log = try places.open()
        let strays: Int
        do throws(AuditReadingFailure) {
            strays = try count ? total(log) : show(log)
        } catch {
            throw AuditFailed.couldNotLook(error)
        }
        guard strays > 0 else { return }
        let what =
            strays == 1 ? "1 line that was searched is no record" : "\(strays) lines that were searched are no records"
        printError("error: \(what): `bulla audit verify` says more")
        throw ExitCode(1)
    }

    /// - Returns: how many of the lines that were searched are no records; likewise below.
    private func total(_ log: LogFiles) throws(AuditReadingFailure) -> Int {
        let (number, strays) = try search.query.count(log)
        print(json ? #"{"count":\#(number)}"# : "\(number)")
        return strays
    }

    private func show(_ log: LogFiles) throws(AuditReadingFailure) -> Int {
        var printer = RecordPrinter(fields: fields.map(Self.names), json: json)
        var left = limit ?? .max
        let strays = try search.query.run(log) { found in
            let lines = found.lines.prefix(left)
            left -= lines.count
            let goesOn = printer.print(found.bytes, Array(lines))
            return goesOn && left > 0
        }
        printer.finish()
        if !json, printer.printed == 0 { printError("nothing found") }
        return strays
    }

    private static func names(_ fields: String) -> [ByteString] {
        fields.split(separator: ",").map { ByteString(String($0)) }
    }
}

/// The conditions of a search.
struct AuditSearch: ParsableArguments {
    @Option(help: "The user: `actor_sub`.")
    var actor: String?

    @Option(help: "The agent: `agent_id`.")
    var agent: String?

    @Option(help: "The user's tenant: `actor_tenant`.")
    var tenant: String?

    @Option(help: "The service that was called: `target`.")
    var service: String?

    @Option(help: "The MCP server: `upstream` of requests to it, `presenter` of its calls.")
    var server: String?

    @Option(help: "The tool, prompt or resource: `mcp_name`.")
    var tool: String?

    @Option(help: "allow, deny or note.")
    var decision: Decision?

    @Option(help: "An event, ingress.denied say, or all of a kind: ingress, egress, audit.")
    var event: String?

    @Option(help: "The code of a refusal; details after a colon need not be given.")
    var reason: String?

    @Option(help: "The transaction: `txn`.")
    var txn: String?

    @Option(help: "The trace: `trace_id`.")
    var trace: String?

    @Option(help: "As whom: service_identity, on_behalf_of or restricted_user.")
    var mode: Mode?

    @Option(help: "From this time on: 2026-11-23T08:00Z, or how long ago: 30m, 2h, 7d.")
    var since: AuditTime?

    @Option(help: "Before this time: likewise.")
    var until: AuditTime?

    func validate() throws {
        if let reason, let mistake = KnownReasons.mistake(reason) { throw ValidationError(mistake) }
        guard let event, !(KnownWords.events + KnownWords.kinds).contains(event) else { return }
        throw ValidationError(
            "there is no event `\(event)`; events are \(KnownWords.events.joined(separator: ", ")), "
                + "kinds are \(KnownWords.kinds.joined(separator: ", "))")
    }

    enum Decision: String, ExpressibleByArgument, CaseIterable { case allow, deny, note }

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case serviceIdentity = "service_identity"
        case onBehalfOf = "on_behalf_of"
        case restrictedUser = "restricted_user"
    }

    /// The conditions from the rarest to the most common.
    var query: LineQuery {
        let all: [LineCondition?] = [
            condition(["txn"], txn), condition(["trace_id"], trace), condition(["actor_sub"], actor),
            condition(["reason"], reason, .leading(UInt8(ascii: ":"))), condition(["mcp_name"], tool),
            condition(["target"], service), condition(["agent_id"], agent), eventCondition,
            condition(["upstream", "presenter"], server), condition(["actor_tenant"], tenant),
            condition(["delegation_mode"], mode?.rawValue), condition(["decision"], decision?.rawValue),
        ]
        return LineQuery(all.compactMap { $0 }, since: since?.moment, until: until?.moment)
    }

    private var eventCondition: LineCondition? {
        guard let event else { return nil }
        return event.utf8.contains(UInt8(ascii: "."))
            ? condition(["event"], event) : condition(["event"], event, .leading(UInt8(ascii: ".")))
    }

    private func condition(
        _ members: [StaticString], _ value: String?, _ extent: LineCondition.Extent = .whole
    ) -> LineCondition? {
        value.map { LineCondition(members, ByteString($0), extent) }
    }
}
