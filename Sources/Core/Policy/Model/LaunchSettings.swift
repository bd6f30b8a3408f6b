package import StrictCoding

/// `servers.S.launch`: the gateway runs the server itself, one process for each principal with the same scopes.
package struct LaunchSettings: Sendable, Hashable {
    /// One value of `env`.
    package enum Value: Sendable, Hashable {
        /// Text in which `${egress}` stands for the instance's own egress base URL.
        case text(ByteString)
        case secret(SecretReference)
    }

    /// The program and its arguments; a program without a slash is looked up in PATH.
    package let command: [ByteString]
    /// As whom it runs, by name or number; `nil` for the gateway's own user.
    package let user: ByteString?
    /// The environment variable that tells the server on which port of 127.0.0.1 to listen.
    package let portVariable: ByteString
    package let environment: [(name: ByteString, value: Value)]
    /// Of the server's MCP endpoint.
    package let path: ByteString
    /// Processes at a time, of all principals.
    package let instances: Int
    /// Without a request for so long, an instance is ended.
    package let idleSeconds: Int
    /// From the start of the process until it accepts connections.
    package let startSeconds: Int

    package init(
        command: [ByteString], user: ByteString? = nil, portVariable: ByteString,
        environment: [(name: ByteString, value: Value)], path: ByteString = "/mcp", instances: Int = 16,
        idleSeconds: Int = 600, startSeconds: Int = 30
    ) {
        self.command = command
        self.user = user
        self.portVariable = portVariable
        self.environment = environment
        self.path = path
        self.instances = instances
        self.idleSeconds = idleSeconds
        self.startSeconds = startSeconds
    }

    package static func == (left: LaunchSettings, right: LaunchSettings) -> Bool {
        left.command == right.command && left.user == right.user && left.portVariable == right.portVariable
            && left.environment.elementsEqual(right.environment, by: ==) && left.path == right.path
            && left.instances == right.instances && left.idleSeconds == right.idleSeconds
            && left.startSeconds == right.startSeconds
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(command)
        hasher.combine(portVariable)
    }
}
