import Dispatch
import Foundation

/// SIGHUP, which by old custom asks a server to read its configuration again. From here on it does not end the process.
struct Hangup {
    private let source: any DispatchSourceSignal

    init(_ received: @escaping @Sendable () -> Void) {
        // The source hears of it all the same.
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler(handler: received)
        source.activate()
    }

    func cancel() {
        source.cancel()
    }
}
