import ArgumentParser

@main
struct Bulla: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulla",
        abstract: "An identity gateway for MCP servers that know nothing of identity.",
        discussion: """
            It stands in front of unmodified MCP servers, ends the client's OAuth
            there, and forwards a signed envelope that says who asked, who executes
            and what both may do. When the servers call APIs, it finds out for whom
            and gives the call the credential that the API expects.

            First steps:
              bulla demo                         everything in one process
              bulla check policies/minimal.yaml  all mistakes of a policy at once
              bulla run policies/minimal.yaml    the gateway
              bulla doctor policies/orders.yaml --server orders-mcp …
                                                 what a server and its APIs really see
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, CheckCommand.self, AuditCommand.self, DemoCommand.self, DoctorCommand.self,
            EgressURLCommand.self,
            EnvelopeCommand.self, KeysCommand.self, DemoShopCommand.self,
        ])
}
