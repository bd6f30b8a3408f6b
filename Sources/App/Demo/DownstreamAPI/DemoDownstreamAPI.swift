internal import HTTPCodec
package import HTTPWire
package import StrictCoding

/// The APIs that the demo's MCP servers call, each with its own idea of who may call it: `/orders` wants a token of the
/// identity provider for a user, with the one who acts named; `/billing` wants a service's own; `/profile` wants a
/// user's that the gateway signed. They check tokens as any API does and know nothing else of a gateway.
///
/// Whom they believed is shown at `/calls`: `GET` as JSON or with `?format=text`, `DELETE` to begin anew.
package struct DemoDownstreamAPI: Sendable {
    /// The audiences of the three.
    package static let ordersAudience: ByteString = "orders-api"
    package static let billingAudience: ByteString = "billing-api"
    package static let profileAudience: ByteString = "profile-api"

    private let apis: [any BusinessAPI]
    private let calls = ShownLog(json: APICall.json, text: APICall.text)
    private let effects: DemoEffects

    /// - Parameters:
    ///   - provider: the identity provider's issuer, which publishes its keys at `/jwks`.
    ///   - gateway: the gateway's public URL; it signs tokens as `<gateway>/reissue`.
    ///   - client: fetches their keys.
    package init?(provider: ByteString, gateway: ByteString, client: WebClient, effects: DemoEffects) {
        let reissue = ByteString(gateway.bytes + "/reissue".utf8)
        guard let providerKeys = WebURL(ByteString(provider.bytes + "/jwks".utf8)),
            let gatewayKeys = WebURL(ByteString(reissue.bytes + "/.well-known/jwks.json".utf8))
        else { return nil }
        let trusted = PublishedKeys(at: providerKeys, client: client)
        let book = OrderBook()
        apis = [
            OrdersAPI(
                gate: ResourceServer(
                    issuer: provider, audience: Self.ordersAudience, caller: .userWithActor, keys: trusted),
                book: book, effects: effects),
            BillingAPI(
                gate: ResourceServer(
                    issuer: provider, audience: Self.billingAudience, caller: .service(DemoDirectory.gatewayID),
                    keys: trusted),
                book: book),
            ProfileAPI(
                gate: ResourceServer(
                    issuer: reissue, audience: Self.profileAudience, caller: .user,
                    keys: PublishedKeys(at: gatewayKeys, client: client))),
        ]
        self.effects = effects
    }

    package var service: Service {
        LoopbackGuard.around { request in
            if request.pathBytes == "/calls" { return await calls.page(request) }
            guard let segments = Self.segments(request.path),
                let api = apis.first(where: { ByteString(type(of: $0).name) == segments.first })
            else { return .notFound }
            return await serve(request, Array(segments.dropFirst()), by: api)
        }
    }

    private func serve(
        _ request: ServiceRequest, _ segments: [ByteString], by api: any BusinessAPI
    ) async -> ServiceResponse {
        let time = effects.now()
        let kind = type(of: api)
        let token: Result<AcceptedToken, ResourceServer.Refusal>
        let response: ServiceResponse
        do throws(ResourceServer.Refusal) {
            let accepted = try await api.gate.accept(request.fields, now: time)
            token = .success(accepted)
            response = await answer(request, segments, accepted, by: api)
        } catch {
            token = .failure(error)
            response = error.response(realm: kind.name)
        }
        await calls.add { number in
            APICall(request, number: number, time: time, to: kind, status: response.status, token: token)
        }
        return response
    }

    private func answer(
        _ request: ServiceRequest, _ segments: [ByteString], _ token: AcceptedToken, by api: any BusinessAPI
    ) async -> ServiceResponse {
        guard let query = try? FormParameters(parsing: request.queryBytes) else {
            return APIAnswer.refusal(status: 400, "the query is not well-formed")
        }
        return await api.answer(AuthorizedCall(method: request.method, segments: segments, query: query, token: token))
    }

    /// The path's segments, escapes undone; nil where one is not UTF-8 text.
    private static func segments(_ path: String) -> [ByteString]? {
        let parts = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // A plus sign is one in a path, and a space only in forms.
        return try? parts.map { part in
            try FormParameters.decoded(part.flatMap { $0 == UInt8(ascii: "+") ? Array("%2B".utf8) : [$0] })
        }
    }
}
