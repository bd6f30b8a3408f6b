import ArgumentParser
import Demo
import Foundation
import HTTPWire
import NIOPosix

/// The shop server of `bulla demo`, which the gateway launches: a program of its own, as such servers are.
struct DemoShopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-shop",
        abstract: "The legacy shop server of the demo.",
        discussion: """
            Reads PORT, ORDERS_API_URL, BILLING_API_URL and PROFILE_API_URL from its
            environment and serves MCP at /mcp on that port of 127.0.0.1.

            Example:
              PORT=3001 ORDERS_API_URL=http://127.0.0.1:8084/orders \\
                BILLING_API_URL=http://127.0.0.1:8084/billing \\
                PROFILE_API_URL=http://127.0.0.1:8084/profile bulla demo-shop
            """,
        shouldDisplay: false)

    func run() async throws {
        do {
            let settings = try ShopSettings(environment: ProcessInfo.processInfo.environment)
            let loop = MultiThreadedEventLoopGroup.singleton.any()
            let shop = DemoShopServer(settings: settings, client: .live(on: loop), effects: .live) { line in
                print(line)
                flushOutput()
            }
            let listener = try await Listener.bind(
                on: loop, host: "127.0.0.1", port: settings.port, sharesPort: false
            ) { _ in ServiceHandler(maxBody: 1 << 20, service: shop.service) }
            // Until a signal ends the process: there is nothing to put in order.
            while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
            await listener.drain(timeout: .seconds(1))
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
    }
}
