import ArgumentParser

@main
struct Bulla: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulla",
        abstract: "An identity gateway for MCP servers that know nothing of identity.",
        discussion: """
            It stands in front of unmodified MCP servers, ends the client's OAuth
            there, and forwards a signed envelope that says who asked, who executes
            and what both may do.

            First steps:
              bulla demo                         everything in one process
              bulla check policies/orders.yaml   all mistakes of a policy at once
              bulla run policies/orders.yaml     the gateway
            """,
        version: "0.1.0",
        subcommands: [RunCommand.self, CheckCommand.self, DemoCommand.self, EnvelopeCommand.self, KeysCommand.self])
}
