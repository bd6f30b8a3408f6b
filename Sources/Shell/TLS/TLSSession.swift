import COpenSSL
import HTTPWire
import NIOCore

/// One `SSL` over two buffers: bytes of TLS on one side, plaintext on the other. It knows no channel and never blocks.
/// Loop-confined.
final class TLSSession {
    enum Step {
        /// The handshake is over, or there is plaintext.
        case done
        /// Nothing more can be done before more bytes arrive.
        case starved
        /// The peer said properly that it will send nothing more.
        case closed
        case failed(TLSFault)
    }

    /// The most that one record holds.
    static let recordBytes = 16 * 1024
    /// What a record adds to its content, at most, with the algorithms that we allow.
    private static let recordOverhead = 5 + 8 + 16 + 1

    let bio = MemoryBIO()
    /// Set by a client when its server asked for a certificate.
    var wasAskedForCertificate = false
    /// Gets a session that can be resumed, on a client.
    let keepSession: ((OpaquePointer) -> Void)?
    private(set) var messagesAfterHandshake = 0

    private let ssl: OpaquePointer
    private let side: TLSContext.Side
    /// What callbacks of the context refer to.
    private let owner: AnyObject
    private var receivedBytes = 0

    /// - Parameters:
    ///   - owner: kept alive as long as the session.
    ///   - configure: false where the session cannot be used.
    init?(
        of context: TLSContext, _ side: TLSContext.Side, owner: AnyObject,
        keepSession: ((OpaquePointer) -> Void)? = nil, configure: (OpaquePointer) -> Bool = { _ in true }
    ) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let ssl = SSL_new(context.pointer) else { return nil }
        self.ssl = ssl
        self.side = side
        self.owner = owner
        self.keepSession = keepSession
        guard let bio = bio.makeBIO() else { return nil }
        SSL_set_bio(ssl, bio, bio)
        guard SSL_set_ex_data(ssl, Self.index, Unmanaged.passUnretained(self).toOpaque()) == 1, configure(ssl) else {
            return nil
        }
        if side == .server { SSL_set_accept_state(ssl) } else { SSL_set_connect_state(ssl) }
    }

    deinit {
        SSL_free(ssl)
        ERR_clear_error()
    }

    var isResumed: Bool { SSL_session_reused(ssl) == 1 }
    var isTLS13: Bool { SSL_version(ssl) == TLS1_3_VERSION }

    // MARK: Steps

    func handshake() -> Step {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        guard result == 1 else { return step(after: result) }
        bulla_ssl_set_message_callback(ssl, Self.countMessage, Unmanaged.passUnretained(self).toOpaque())
        return .done
    }

    /// Takes what follows the handshake up to the first plaintext, which it leaves where it is.
    func look() -> Step {
        ERR_clear_error()
        var byte: UInt8 = 0
        var count = 0
        let result = SSL_peek_ex(ssl, &byte, 1, &count)
        return result == 1 ? .done : step(after: result)
    }

    /// Appends the plaintext of all that has arrived; never `done`.
    func read(into plaintext: inout ByteBuffer) -> Step {
        let residue = SSL_has_pending(ssl) == 1 ? Self.recordBytes : 0
        plaintext.reserveCapacity(minimumWritableBytes: bio.input.readableBytes + residue)
        while bio.input.readableBytes > 0 || SSL_has_pending(ssl) == 1 {
            ERR_clear_error()
            var result: Int32 = 0
            let count = plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { target in
                var count = 0
                result = SSL_read_ex(ssl, target.baseAddress, target.count, &count)
                return result == 1 ? count : 0
            }
            guard result == 1 else { return checked(step(after: result)) }
            receivedBytes += count
        }
        return checked(.starved)
    }

    /// Encrypts the pieces one after the other into records as full as can be; false where the session is broken.
    func write(_ pieces: [ByteBuffer], bytes: Int) -> Bool {
        bio.reserveOutput(bytes + (bytes / Self.recordBytes + 2) * Self.recordOverhead)
        if pieces.count == 1 { return pieces[0].withUnsafeReadableBytes(write) }
        return withUnsafeTemporaryAllocation(byteCount: Self.recordBytes, alignment: 16) { record in
            var filled = 0
            for piece in pieces {
                let isWritten = piece.withUnsafeReadableBytes { write($0, filling: record, &filled) }
                guard isWritten else { return false }
            }
            return write(UnsafeRawBufferPointer(rebasing: record[..<filled]))
        }
    }

    /// Says that nothing more will be sent.
    func sayClosed() {
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    // MARK: Details

    private func write(
        _ piece: UnsafeRawBufferPointer, filling record: UnsafeMutableRawBufferPointer, _ filled: inout Int
    ) -> Bool {
        var rest = piece[...]
        while !rest.isEmpty {
            if filled == 0, rest.count >= record.count {
                let whole = rest.prefix(rest.count / record.count * record.count)
                guard write(UnsafeRawBufferPointer(rebasing: whole)) else { return false }
                rest = rest.dropFirst(whole.count)
                continue
            }
            let part = rest.prefix(record.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: record[filled...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: part))
            filled += part.count
            rest = rest.dropFirst(part.count)
            if filled == record.count {
                guard write(UnsafeRawBufferPointer(record)) else { return false }
                filled = 0
            }
        }
        return true
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return true }
        ERR_clear_error()
        var count = 0
        return SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count) == 1 && count == bytes.count
    }

    /// A peer may renew its keys, or ask us to, now and then: whoever does little else wants to keep us busy.
    private func checked(_ step: Step) -> Step {
        let allowed = 64 + receivedBytes >> 20
        return messagesAfterHandshake > allowed ? .failed(.violation(alert: nil)) : step
    }

    private func step(after result: Int32) -> Step {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .starved
        case SSL_ERROR_ZERO_RETURN: return .closed
        default:
            let fault = TLSFault.reading(
                ERR_peek_last_error(), verification: Int32(truncatingIfNeeded: SSL_get_verify_result(ssl)), side: side,
                wasAskedForCertificate: wasAskedForCertificate)
            ERR_clear_error()
            return .failed(fault)
        }
    }

    // MARK: Callbacks

    private static let index = bulla_ssl_new_index()

    /// The session that a callback is about.
    static func of(_ ssl: OpaquePointer?) -> TLSSession? {
        guard let ssl, let data = SSL_get_ex_data(ssl, index) else { return nil }
        return Unmanaged.fromOpaque(data).takeUnretainedValue()
    }

    private static let countMessage:
        @convention(c) (Int32, Int32, Int32, UnsafeRawPointer?, Int, OpaquePointer?, UnsafeMutableRawPointer?) -> Void =
            { isSent, _, content, _, _, _, session in
                guard isSent == 0, content == SSL3_RT_HANDSHAKE, let session else { return }
                Unmanaged<TLSSession>.fromOpaque(session).takeUnretainedValue().messagesAfterHandshake += 1
            }
}
