import Delegation
import Stores
import Testing

@Suite("Presenters")
struct PresentersTests {
    @Test func aSecretNamesWhomItWasGivenTo() throws {
        let presenters = Presenters()
        #expect(presenters.presenter(for: [1]) == nil)
        try presenters.replaceServers([(digest: [1], server: "orders"), (digest: [2], server: "billing")])
        presenters.register(digest: [3], presenter: .instance("i1", server: "tools"))
        #expect(presenters.presenter(for: [1]) == .server("orders"))
        #expect(presenters.presenter(for: [2]) == .server("billing"))
        #expect(presenters.presenter(for: [3]) == .instance("i1", server: "tools"))
        #expect(presenters.presenter(for: []) == nil)
        presenters.remove(digest: [3])
        #expect(presenters.presenter(for: [3]) == nil)
    }

    @Test func aServerHasTwoSecretsWhileItChangesThem() throws {
        let presenters = Presenters()
        presenters.register(digest: [3], presenter: .instance("i1", server: "tools"))
        try presenters.replaceServers([(digest: [1], server: "orders")])
        try presenters.replaceServers([(digest: [2], server: "orders"), (digest: [1], server: "orders")])
        #expect(presenters.presenter(for: [1]) == .server("orders"))
        #expect(presenters.presenter(for: [2]) == .server("orders"))
        try presenters.replaceServers([(digest: [2], server: "orders")])
        #expect(presenters.presenter(for: [1]) == nil)
        #expect(presenters.presenter(for: [2]) == .server("orders"))
        #expect(presenters.presenter(for: [3]) == .instance("i1", server: "tools"), "instances stay")
        #expect(presenters.count == 2)
    }

    @Test func oneSecretForTwoServersIsRefusedAndChangesNothing() throws {
        let presenters = Presenters()
        try presenters.replaceServers([(digest: [1], server: "orders")])
        #expect(throws: SharedPresenterSecret.self) {
            try presenters.replaceServers([(digest: [2], server: "orders"), (digest: [2], server: "billing")])
        }
        #expect(presenters.presenter(for: [1]) == .server("orders"))
        #expect(presenters.presenter(for: [2]) == nil)
        try presenters.replaceServers([(digest: [2], server: "orders"), (digest: [2], server: "orders")])
        #expect(presenters.count == 1)
    }
}
