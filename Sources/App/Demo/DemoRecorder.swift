package import HTTPWire
internal import StrictCoding

/// Stands in front of a service and shows at `/received` what that service really got: no more, no less, in order.
///
/// - `GET /received`: JSON, newest last; `?last=N` for the N newest; `?format=text` for reading.
/// - `DELETE /received`: forgets everything.
package struct DemoRecorder: Sendable {
    private let log = ShownLog(json: ReceivedRequest.json, text: ReceivedRequest.text)
    private let effects: DemoEffects
    private let recorded: Service

    package init(recording service: @escaping Service, effects: DemoEffects) {
        recorded = service
        self.effects = effects
    }

    package var service: Service {
        LoopbackGuard.around { request in
            if request.pathBytes == "/received" { return await log.page(request) }
            let time = effects.now()
            await log.add { ReceivedRequest(request, number: $0, time: time) }
            return await recorded(request)
        }
    }
}
