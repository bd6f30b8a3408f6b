import Crypto
import HTTPWire
import NIOCore
import NIOEmbedded
import TLS

/// What a stranger sends to a listener with TLS: without a handshake none of it reaches the server behind, and what it
/// is answered with is bounded.
enum TLSRecords {
    /// Of a whole first flight with a certificate there are about 1,200 bytes.
    private static let mostAnswered = 16_384

    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let channel = EmbeddedChannel()
        let behind = Behind()
        do {
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try listener.security.secure(channel)
            try channel.pipeline.syncOperations.addHandler(behind)
        } catch { throw BrokenPromise("no session: \(error)") }
        var feed = ByteFeed(choosingBy: input)
        for piece in feed.pieces(of: input) {
            guard channel.isActive else { break }
            // What it says of the bytes is for the log.
            _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
        }
        var answered = 0
        while let part = try? channel.readOutbound(as: ByteBuffer.self) { answered += part.readableBytes }
        try promise(behind.bytes == 0, "\(behind.bytes) bytes came through without a handshake")
        try promise(answered <= mostAnswered, "answered with \(answered) bytes")
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        try promise(!channel.isActive, "still open after a minute without a handshake")
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    private final class Behind: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var bytes = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytes
        }
    }

    private static let listener: ServerTLS = {
        let identity = TLSIdentity(
            certificates: SecretBytes(Array(certificate.utf8)), key: SecretBytes(Array(key.utf8)))
        do { return try ServerTLS(identity: identity, clients: .none) } catch {
            fatalError("the certificate of the targets cannot be used: \(error)")
        }
    }()

    // Of nobody, for 127.0.0.1, until 2126.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASygAwIBAgIUEBEGx11CBZlPKJBgUc68d/8bMxwwCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjMxMzA4MzJaGA8yMTI2MTAzMDEzMDgz
        MlowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIMo
        0zyVS5f3oEvKqg5yfMI6CYH7z3LKc1un5eYWkPI7mrINndBtVgLdQ4odBagKOprk
        3OvXn2Kyu0LvoiKQFFWjZDBiMB0GA1UdDgQWBBRFHxUp1SEg+BZ+IngwcqofdObe
        ITAfBgNVHSMEGDAWgBRFHxUp1SEg+BZ+IngwcqofdObeITAPBgNVHRMBAf8EBTAD
        AQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIhALiE2tBLcVg5
        2FM8p2bWEUKPeflXTTMW5eEgiO0hqc/fAiBLACJzE4WsBOSBCRPt8uZguz6jVPRn
        JIuY/bblZ+gTMQ==
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoufvawRncJmHCt+y
        sWyHM0HWrQE9bTaVYmxPG8l1FqGhRANCAASDKNM8lUuX96BLyqoOcnzCOgmB+89y
        ynNbp+XmFpDyO5qyDZ3QbVYC3UOKHQWoCjqa5Nzr159isrtC76IikBRV
        -----END PRIVATE KEY-----
        """
}
