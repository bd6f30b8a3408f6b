import TestSupport

/// Requests that are HTTP, but not for this gateway, not in the form of a message, or without a usable credential.
enum RequestStories {
    static let all = addresses + forms + credentials

    private static let addresses = [
        Story(.refused(421, "host_not_served", whom: .nowhere), of: "host_not_served") { stage in
            try Call.modern().changing("Host", "10.0.0.7").bearing(stage.token())
        },
        Story(.refused(404, "path_not_served", whom: .nowhere), of: "path_not_served") { stage in
            try Call.modern().at("/register").bearing(stage.token())
        },
        // Beneath an endpoint the challenge comes first, and only then the truth.
        Story(.refused(404, "path_not_served"), of: "path_not_served") { stage in
            try Call.modern().at("/mcp/orders/sse").bearing(stage.token())
        },
        Story(.refused(405, "method_not_served"), of: "method_not_served") { stage in
            try Call.plain("PUT").bearing(stage.token())
        },
        Story(.refused(403, "origin_not_allowed"), of: "origin_not_allowed") { stage in
            try Call.modern().with("Origin", "https://evil.example").bearing(stage.token())
        },
    ]

    private static let forms = [
        Story(.refused(400, "body_not_expected"), of: "body_not_expected") { stage in
            var call = try Call.plain("GET").with("Content-Length", "2").bearing(stage.token())
            call.body = "{}"
            return call
        },
        Story(.refused(415, "content_type_not_json", whom: .alice), of: "content_type_not_json") { stage in
            try Call.modern().changing("Content-Type", "text/plain").bearing(stage.token())
        },
        Story(.refused(415, "content_encoded", whom: .alice), of: "content_encoded") { stage in
            try Call.modern().with("Content-Encoding", "gzip").bearing(stage.token())
        },
        Story(.refused(413, "body_too_large", whom: .alice), of: "body_too_large", under: smallBodies) { stage in
            try Call.message("[\(String(repeating: "1,", count: 1_000))1]").bearing(stage.token())
        },
        // Of undeclared length: read up to the limit, and no further.
        Story(.refused(413, "body_too_large", whom: .alice), of: "body_too_large", under: smallBodies) { stage in
            .raw(
                """
                POST /mcp/orders HTTP/1.1
                Host: gw.example
                Authorization: Bearer \(try stage.token())
                Content-Type: application/json
                Transfer-Encoding: chunked

                800
                \(String(repeating: " ", count: 0x800))
                """)
        },
    ]

    private static var smallBodies: TestPolicy {
        var policy = TestPolicy()
        policy.gateway = ["limits: {body_bytes: 1KiB}"]
        return policy
    }

    private static let credentials = [
        Story(.refused(401, "credential_missing"), of: "credential_missing") { _ in .modern() },
        Story(.refused(401, "credential_in_query"), of: "credential_in_query") { stage in
            try Call.modern().at("/mcp/orders?access_token=\(stage.token())")
        },
        Story(.refused(400, "credential_in_query"), of: "credential_in_query") { stage in
            let token = try stage.token()
            return Call.modern().at("/mcp/orders?access_token=\(token)").bearing(token)
        },
        Story(.refused(400, "credential_repeated"), of: "credential_repeated") { stage in
            let token = try stage.token()
            return Call.modern().bearing(token).bearing(token)
        },
        Story(.refused(400, "credential_malformed"), of: "credential_malformed") { stage in
            try Call.modern().bearing(" " + stage.token())
        },
        Story(.refused(401, "credential_scheme_not_supported"), of: "credential_scheme_not_supported") { stage in
            try Call.modern().with("Authorization", "DPoP " + stage.token())
        },
    ]
}
