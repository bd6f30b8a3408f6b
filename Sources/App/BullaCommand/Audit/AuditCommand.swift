import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verify, search and follow the audit log.",
        discussion: """
            Where a command takes POLICY or FILE: the name of a policy (.yaml, .yml)
            stands for the whole log of its gateway, rotated files included; other
            names are files of a log, or folders of such files.
            """,
        subcommands: [
            AuditVerifyCommand.self, AuditProveCommand.self, AuditQueryCommand.self, AuditTailCommand.self,
            AuditVkeyCommand.self,
        ])
}
