import TestSupport

/// What is refused for want of room, before anything is done for it.
enum OverloadStories {
    static let all = [
        Story(code: "too_many_requests", outcome: .refused(503, "too_many_requests")) {
            try played(limit: "requests: 1", second: .modern())
        },
        Story(code: "too_many_requests_of_user", outcome: .refused(429, "too_many_requests_of_user", whom: .alice)) {
            try played(limit: "requests_per_principal: 1", second: .modern())
        },
        Story(code: "too_many_streams_of_user", outcome: .refused(429, "too_many_streams_of_user", whom: .alice)) {
            try played(limit: "streams_per_principal: 1", first: .plain(), second: .plain())
        },
        Story(code: "too_much_buffered", outcome: .refused(503, "too_much_buffered", whom: .alice)) {
            // The first has not come to its end.
            try played(
                limit: "body_bytes: 2KiB, buffered_bytes: 2KiB", first: .modern(arguments: long), missing: 1,
                second: .modern(arguments: long))
        },
    ]

    private static let long = JSONText.object([("note", .string(String(repeating: "x", count: 1_000)))])

    /// The second request arrives while the server works on the first.
    private static func played(limit: String, first: Call = .modern(), missing: Int = 0, second: Call) throws -> Outcome
    {
        var policy = TestPolicy()
        policy.gateway = ["limits: {\(limit)}"]
        let stage = try Stage(policy)
        stage.server.reply = nil
        let token = try stage.token()
        try stage.client().send(bytes: first.bearing(token).bytes.dropLast(missing))
        return try stage.outcome(of: second.bearing(token))
    }
}
