import Crypto
package import HTTPCodec
package import Identity
import MCP
import Policy
import StrictCoding

/// One client request, from its head to the permission to forward it.
///
///     fresh ──received(head)──▶ identifying ──identified(token)──▶ reading ──receivedMessage──▶ over (permit)
///       │                            │                                │
///       └──▶ over (public answer)    └────────── refusal ─────────────┴──▶ over (refusal)
///
/// The driver asks, obeys the step, and does nothing more. `trail` says at any moment what is known of the request.
package struct IngressExchange {
    private enum Phase {
        case fresh
        case identifying(Arrival)
        case reading(Arrival, Caller)
        case over
    }

    /// What remains of interest of the head once it is accepted.
    private struct Arrival {
        let server: Int
        let head: RequestHead
        let method: EndpointMethod
        /// The credential is checked and then left behind, but for a server with a service that is given another token
        /// in exchange for it.
        let originalToken: SecretBytes?
    }

    package let epoch: Epoch
    package private(set) var trail = IngressTrail()
    private var phase: Phase = .fresh

    package init(epoch: Epoch) {
        self.epoch = epoch
    }

    // MARK: - Head

    package mutating func received(_ head: RequestHead) -> HeadStep {
        guard case .fresh = phase else { preconditionFailure("a request has one head") }
        phase = .over
        trail.httpMethod = ByteString(head.method.name)
        do {
            return try route(head)
        } catch {
            return .refuse(error)
        }
    }

    private mutating func route(_ head: RequestHead) throws(Refusal) -> HeadStep {
        guard let host = head.host, epoch.isNamed(by: host) else { throw .hostNotServed }
        let target: Target
        do { target = try Target(of: head) } catch { throw .wire(error) }
        switch epoch.routes.route(target.path) {
        case .keys(let purpose):
            return .publish(.keys(purpose), head.method)
        case .issuerMetadata(let purpose):
            return .publish(.issuerMetadata(purpose), head.method)
        case .metadata(let server):
            return .publish(.metadata(server: server), head.method)
        case .server(let server):
            return try enter(server, head, target)
        case .beneath(let server):
            trail.server = server
            _ = try Credential.token(of: head, query: target.query)
            throw .pathNotServed
        case .nowhere:
            throw .pathNotServed
        }
    }

    private mutating func enter(_ server: Int, _ head: RequestHead, _ target: Target) throws(Refusal) -> HeadStep {
        trail.server = server
        trail.origin = try BrowserOrigin.check(head.fields, allowed: epoch.policy.servers[server].origins)
        if case .options = head.method, let origin = trail.origin {
            return .preflight(Preflight(head.fields, origin: origin))
        }
        let token = try Credential.token(of: head, query: target.query)
        let method = try EndpointMethod(head)
        let settings = epoch.policy.servers[server]
        let original = settings.needsOriginalToken ? SecretBytes(token) : nil
        phase = .identifying(Arrival(server: server, head: head, method: method, originalToken: original))
        return .identify(token, issuers: settings.issuers)
    }

    // MARK: - Identity

    /// The bearer token turned out to be authentic. Says how long a message may be read: 0 bytes where none is due.
    ///
    /// - Parameter known: what was found out about the token for an earlier request; it is asked for nothing that it
    ///   was not made for.
    package mutating func identified(
        _ token: AccessToken, known: Caller? = nil, now: UnixTime
    ) -> MessageStep {
        guard case .identifying(let arrival) = phase else {
            preconditionFailure("only an identifying request is identified")
        }
        phase = .over
        do throws(Refusal) {
            let caller: Caller
            if let known, known.isOf(token, epoch: epoch, server: arrival.server) {
                try known.check(now: now)
                caller = known
            } else {
                caller = try Caller(token, epoch: epoch, server: arrival.server, now: now)
            }
            trail.caller = caller
            if arrival.method == .post { try MessageForm.check(arrival.head.fields) }
            guard token.scopes != nil else { throw Refusal.scopesUndeterminable }
            let limit = arrival.method == .post ? epoch.policy.limits.bodyBytes : 0
            if case .length(let declared) = arrival.head.framing, declared > limit {
                throw Refusal.bodyTooLarge(limit: limit)
            }
            phase = .reading(arrival, caller)
            return .read(limit: limit)
        } catch {
            return .refuse(error)
        }
    }

    // MARK: - Message

    /// The whole message is here (empty for GET and DELETE): decide, and on success mint the envelope.
    package mutating func receivedMessage(
        _ body: [UInt8], fresh: FreshIdentifiers, now: UnixTime
    ) throws(Refusal) -> Permit {
        guard case .reading(let arrival, let caller) = phase else {
            preconditionFailure("only a reading request gets its message")
        }
        phase = .over
        let server = epoch.policy.servers[arrival.server]
        let fields = arrival.head.fields
        let message = arrival.method == .post ? try inspect(body, fields) : nil
        // The caller's own context for a message is the one inside it (SEP-414).
        let trace =
            (message?.trace.traceparent?.text).flatMap { TraceContext(traceparent: $0.bytes) }
            ?? fields.only("traceparent").flatMap(TraceContext.init(traceparent:))
            ?? TraceContext(random: fresh.traceID)
        trail.traceID = trace.traceID
        if let message { trail.rules = try decide(message, server: server, caller: caller) }
        let session = try openSession(fields, server: server, caller: caller)
        // What a server asked one user must not be answered by another.
        if case .response? = message?.kind, session == nil { throw .sessionMissing }
        let (envelope, template, occasion) = try mint(caller: caller, trace: trace, fresh: fresh, now: now)
        // Every message gets one, lest a server that wants to see a credential sees none; only a request's opens.
        let handle = server.upstreamAuth == .handle ? Handle(random: fresh.handle) : nil
        let writer = UpstreamFields(
            epoch: epoch, server: server, caller: caller, envelope: envelope, handle: handle, trace: trace,
            span: fresh.span)
        let opening = TransactionOpening(
            epoch: epoch, server: server, caller: caller, template: template, occasion: occasion, envelope: envelope,
            handle: handle)
        let doesWork = message.map(TransactionOpening.doesWork) ?? false
        let draft = UpstreamDraft(
            server: arrival.server, method: arrival.method.method, target: writer.target,
            fields: try writer.fields(from: fields, hasMessage: message != nil, session: session),
            body: message.map(writer.body) ?? [],
            mayRepeat: message?.isOnlyReading ?? (arrival.method == .get), principal: caller.principal,
            scopes: template.scopes,
            transaction: doesWork ? opening.transaction(originalToken: arrival.originalToken, now: now) : nil,
            watchedID: doesWork ? message?.requestID.map { Array($0) } : nil)
        return Permit(draft, envelope: envelope, handle: handle, trail: trail)
    }

    private mutating func inspect(_ body: [UInt8], _ fields: FieldBlock) throws(Refusal) -> Message {
        let limits = JSONLimits(
            bytes: epoch.policy.limits.bodyBytes, depth: epoch.policy.limits.jsonDepth,
            members: JSONLimits.message.members)
        let headers = RoutingHeaders(
            protocolVersion: fields.all("mcp-protocol-version"), method: fields.all("mcp-method"),
            name: fields.all("mcp-name"))
        do throws(MessageRefusal) {
            let message = try MessageInspector.inspect(body, headers: headers, limits: limits)
            trail.era = message.era
            trail.requestID = message.requestID.map { Array($0) }
            trail.mcpMethod = message.method
            trail.mcpName = message.name
            return message
        } catch {
            trail.requestID = error.id
            throw .message(error)
        }
    }

    private func decide(_ message: Message, server: Server, caller: Caller) throws(Refusal) -> [RuleName] {
        switch server.verdict(for: Question(message, caller: caller)) {
        case .allow(let rules):
            return rules
        case .deny(.missingScopes(let required), let rules):
            throw .insufficientScope(required: required, rules: rules)
        case .deny(let denial, let rules):
            throw .denied(denial, rules: rules)
        }
    }

    /// The server's own session id behind the sealed one that the client sent.
    private func openSession(_ fields: FieldBlock, server: Server, caller: Caller) throws(Refusal) -> [UInt8]? {
        // The modern revisions have no sessions: what a client sends is ignored.
        guard trail.era == .legacy, let sealed = fields.first("mcp-session-id") else { return nil }
        guard fields.occurrences(of: "mcp-session-id") == 1,
            let id = epoch.sessions.open(Array(sealed), server: server.name, principal: caller.principal)
        else { throw .sessionUnknown }
        return id
    }

    private mutating func mint(
        caller: Caller, trace: TraceContext, fresh: FreshIdentifiers, now: UnixTime
    ) throws(Refusal) -> (Envelope, EnvelopeTemplate, EnvelopeTemplate.Occasion) {
        let occasion = caller.occasion(
            of: trail, trace: trace, fresh: fresh, now: now, lifetimeSeconds: epoch.policy.envelope.lifetimeSeconds)
        trail.transaction = fresh.transaction
        trail.envelopeID = fresh.envelopeID
        trail.span = fresh.span
        guard let signer = epoch.envelopeSigner else { throw .signingFailed }
        do {
            let template = try caller.envelopes.get()
            return (try Envelope.mint(template, occasion, by: signer), template, occasion)
        } catch {
            switch error {
            case .tooLarge: throw .envelopeTooLarge
            default: throw .signingFailed
            }
        }
    }
}

/// What to do after the head.
package enum HeadStep {
    /// Verify this bearer token against these issuers.
    case identify([UInt8], issuers: [Int])
    /// Answer with a public document, as the method asks.
    case publish(PublicDocument, Method)
    /// Answer a browser's preflight request.
    case preflight(Preflight)
    case refuse(Refusal)
}

/// What to do once the token is known.
package enum MessageStep {
    /// Read the whole message, at most so many bytes.
    case read(limit: Int)
    case refuse(Refusal)
}

/// The documents that anybody may read.
package enum PublicDocument: Sendable, Equatable {
    case keys(SigningPurpose)
    case issuerMetadata(SigningPurpose)
    case metadata(server: Int)
}
