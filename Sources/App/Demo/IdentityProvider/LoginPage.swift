internal import StrictCoding

/// The HTML that people see: one form, no script, and every value from outside escaped.
struct LoginPage {
    let request: AuthorizationRequest
    let signedRequest: ByteString
    /// Shown above the form after a failed attempt.
    let mistake: String?

    var text: String {
        let alert = mistake.map { "<p role=\"alert\">\(Self.escaped($0))</p>" } ?? ""
        let wanted = request.scopes.map { ScopeList.text($0).string } ?? "everything you may do"
        return Self.document(
            title: "Sign in",
            """
            \(alert)
            <p><strong>\(Self.escaped(request.client.name))</strong> asks to act for you:
            <code>\(Self.escaped(wanted))</code></p>
            <form method="post" action="/authorize">
            <input type="hidden" name="signed_request" value="\(Self.escaped(signedRequest.string))">
            <p><label for="username">User name</label>
            <input id="username" name="username" type="text" autocomplete="username" required autofocus></p>
            <p><label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required></p>
            <p><button type="submit" name="submit" value="allow">Sign in and allow</button>
            <button type="submit" name="submit" value="deny" formnovalidate>Cancel</button></p>
            </form>
            <h2>Demo accounts</h2>
            <table>
            <tr><th scope="col">User name</th><th scope="col">Password</th><th scope="col">May do</th></tr>
            \(DemoDirectory.users.map(Self.row).joined(separator: "\n"))
            </table>
            """)
    }

    static func refusal(_ sentence: String) -> String {
        document(title: "This login cannot go on", "<p role=\"alert\">\(escaped(sentence))</p>")
    }

    static let stylesheet = """
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }
        body { color: #1c1917; background: #fff; }
        label { display: block; font-weight: 600; }
        input, button { font: inherit; padding: .4rem; border: 1px solid #78716c; border-radius: 4px; }
        input { width: 100%; box-sizing: border-box; }
        table { border-collapse: collapse; }
        th, td { text-align: left; padding: .2rem 1rem .2rem 0; }
        [role=alert] { border-left: 4px solid #b91c1c; padding-left: .7rem; }

        """

    private static func row(_ user: DemoDirectory.User) -> String {
        "<tr><td>\(user.id)</td><td>\(user.password)</td><td>\(ScopeList.text(user.scopes))</td></tr>"
    }

    private static func document(title: String, _ body: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) - demo identity provider</title>
        <link rel="stylesheet" href="/login.css">
        </head>
        <body>
        <main>
        <h1>\(title)</h1>
        \(body)
        </main>
        </body>
        </html>

        """
    }

    /// Text for an element's content or a quoted attribute.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
