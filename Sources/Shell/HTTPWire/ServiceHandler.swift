package import HTTPCodec
package import NIOCore

/// Joins a small asynchronous service to a connection: collects the request, runs the service off the loop, sends what
/// it says. For the admin listener and the demo servers, not for the request path.
package final class ServiceHandler: RequestHandler {
    private let maxBody: Int
    private let service: Service
    private var current: Current?

    private struct Current {
        let exchange: ServerExchange
        let head: RequestHead
        let target: Target
        var body: [UInt8] = []
        var task: Task<Void, Never>?
        /// Resolved when there is room for more output: false when nobody wants it any more.
        var room: EventLoopPromise<Bool>?
    }

    /// - Parameter maxBody: bytes of content that a request may have.
    package init(maxBody: Int, service: @escaping Service) {
        self.maxBody = maxBody
        self.service = service
    }

    package func received(_ head: RequestHead, from exchange: ServerExchange) {
        do throws(WireError) {
            if case .length(let length) = head.framing, length > maxBody { throw .contentTooLarge }
            current = Current(exchange: exchange, head: head, target: try Target(of: head))
        } catch {
            exchange.respond(whole: Self.answer(to: error))
        }
    }

    package func received(_ body: ByteBuffer, exchange: ServerExchange) {
        guard let known = current else { return }
        guard known.body.count + body.readableBytes <= maxBody else {
            current = nil
            return exchange.respond(whole: Self.answer(to: .contentTooLarge))
        }
        current?.body.append(contentsOf: body.readableBytesView)
    }

    package func receivedEnd(exchange: ServerExchange) {
        guard let whole = current else { return }
        let request = ServiceRequest(
            method: whole.head.method, path: whole.target.path.string, query: whole.target.query.map { Array($0) },
            fields: whole.head.fields, body: whole.body)
        let eventLoop = exchange.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        current?.body = []
        current?.task = Self.run(service, request, for: handler, on: eventLoop)
    }

    package func clientClosed(exchange: ServerExchange) {
        over()
    }

    package func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        over()
        return Self.answer(to: error)
    }

    package func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {
        if isWritable { current?.room.take()?.succeed(true) }
    }

    private func over() {
        let last = current.take()
        last?.task?.cancel()
        last?.room?.succeed(false)
    }

    // MARK: Answering, off the loop

    private static func run(
        _ service: @escaping Service, _ request: ServiceRequest, for handler: NIOLoopBound<ServiceHandler>,
        on eventLoop: any EventLoop
    ) -> Task<Void, Never> {
        Task {
            await send(service(request), by: handler, on: eventLoop)
        }
    }

    private static func send(
        _ response: ServiceResponse, by handler: NIOLoopBound<ServiceHandler>, on eventLoop: any EventLoop
    ) async {
        switch response.content {
        case .whole(let body):
            eventLoop.execute { handler.value.respond(response, whole: body) }
        case .stream(let pieces):
            // A step that fails means a loop that shuts down.
            guard (try? await eventLoop.submit { handler.value.begin(response) }.get()) == true else { return }
            for await piece in pieces {
                let more = try? await eventLoop.flatSubmit { handler.value.write(piece, on: eventLoop) }.get()
                guard more == true else { return }
            }
            eventLoop.execute { handler.value.endStream() }
        }
    }

    private func respond(_ response: ServiceResponse, whole body: [UInt8]) {
        guard let exchange = current.take()?.exchange else { return }
        guard let fields = Self.fields(response.fields) else {
            return exchange.respond(whole: WholeResponse(status: 500))
        }
        exchange.respond(whole: WholeResponse(status: response.status, fields: fields, body: body))
    }

    private func begin(_ response: ServiceResponse) -> Bool {
        guard let exchange = current?.exchange else { return false }
        guard let fields = Self.fields(response.fields) else {
            current = nil
            exchange.respond(whole: WholeResponse(status: 500))
            return false
        }
        exchange.respond(OutboundResponse(status: response.status, fields: fields, content: .stream))
        exchange.flush()
        return true
    }

    private func write(_ piece: [UInt8], on eventLoop: any EventLoop) -> EventLoopFuture<Bool> {
        guard let exchange = current?.exchange, exchange.isOpen else { return eventLoop.makeSucceededFuture(false) }
        exchange.write(ByteBuffer(bytes: piece))
        exchange.flush()
        guard !exchange.isWritable, current != nil else { return eventLoop.makeSucceededFuture(current != nil) }
        let room = eventLoop.makePromise(of: Bool.self)
        current?.room = room
        return room.futureResult
    }

    private func endStream() {
        current.take()?.exchange.end()
    }

    private static func fields(_ pairs: [(String, String)]) -> FieldBlock? {
        var fields = FieldBlock()
        do throws(WireError) {
            for (name, value) in pairs { try fields.append(name: Array(name.utf8), value: Array(value.utf8)) }
            return fields
        } catch {
            return nil
        }
    }

    private static func answer(to error: WireError) -> WholeResponse {
        var fields = FieldBlock()
        fields.append("Content-Type", "application/json")
        return WholeResponse(status: error.status, fields: fields, body: Array(#"{"error":"\#(error.code)"}"#.utf8))
    }
}
